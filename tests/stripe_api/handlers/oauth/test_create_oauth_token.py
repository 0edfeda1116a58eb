"""POST /v1/oauth/token: an authorization code is exchanged for the account that was connected, once."""

from collections import Counter
from datetime import timedelta

import pytest

from paysandbox.aws import runtime
from paysandbox.stripe_api.ids import application_id
from paysandbox.stripe_api.routes import CREATE_OAUTH_TOKEN, CREATE_PAYMENT_INTENT, GET_OWN_ACCOUNT
from tests.stripe_api.handlers.oauth.authorized import code, exchange, refused
from tests.stripe_api.handlers.test_stripe_races import at_once
from tests.stripe_api.scenarios import RESOURCE
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.stripe_merchant import VISA, StripeMerchant, done, wrong
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.handlers import Clock

USED = (
    400,
    "invalid_grant",
    "This authorization code has already been used. All tokens issued with this code have been revoked.",
)


def test_it_names_a_new_account_of_the_platform() -> None:
    token = done(exchange(code()))
    account = token.pop("stripe_user_id")
    assert token == {"livemode": False, "scope": "read_write", "token_type": "bearer"}
    shown = done(StripeMerchant().get(GET_OWN_ACCOUNT, account))
    assert (shown["type"], shown["country"], shown["charges_enabled"]) == ("standard", "US", True)


def test_the_platform_acts_for_it() -> None:
    account = done(exchange(code()))["stripe_user_id"]
    params = {"amount": 10_00, "currency": "usd", "payment_method": VISA, "confirm": True}
    paid = StripeMerchant().ask(CREATE_PAYMENT_INTENT, None, params, headers={"Stripe-Account": account})
    assert done(paid)["status"] == "succeeded"


def test_a_repeated_request_has_the_same_answer_even_later(clock: Clock) -> None:
    text = code()
    first = exchange(text, key="k")
    clock.advance(timedelta(minutes=6))
    again = exchange(text, key="k")
    assert (again.text, again.replayed) == (first.text, True)


def test_a_code_works_once() -> None:
    text = code()
    done(exchange(text, key="first"))
    assert refused(exchange(text, key="second")) == USED


def test_of_requests_at_once_one_gets_it(aws_transport: Wire) -> None:
    aws_transport.attach(runtime.dynamodb())
    params = {"grant_type": "authorization_code", "code": code()}
    asks = [{"params": params, "key": f"k{number}"} for number in range(20)]
    answers = at_once(aws_transport, CREATE_OAUTH_TOKEN, asks, "TransactWriteItems")
    assert Counter(outcome for outcome, _ in answers) == {"done": 1, "request_invalid": 19}
    assert len(done(StripeMerchant().get(RESOURCE["list_accounts"]))["data"]) == 1


def test_a_deleted_account_does_not_come_back() -> None:
    text = code()
    account = done(exchange(text))["stripe_user_id"]
    done(StripeMerchant().ask(RESOURCE["delete_account"], account))
    assert refused(exchange(text)) == USED


def test_a_code_expires(clock: Clock) -> None:
    text = code()
    clock.advance(timedelta(minutes=5, seconds=2))
    assert refused(exchange(text)) == (400, "invalid_grant", f"Authorization code expired: {text}")


@pytest.mark.parametrize("text", ["ac_123", "nonsense"])
def test_what_is_no_code(text: str) -> None:
    assert refused(exchange(text)) == (400, "invalid_grant", f"Authorization code does not exist: {text}")


def test_a_code_that_the_application_was_not_given() -> None:
    text = code()
    for other in (code(application_id(OTHER_MERCHANT)), text[:-1] + "1", text.upper()):
        assert refused(exchange(other)) == (400, "invalid_grant", f"Authorization code does not exist: {other}")


def test_a_card_number_is_not_repeated() -> None:
    assert "4242424242424242" not in exchange("4242424242424242").text


def test_an_account_connects_none() -> None:
    account = done(exchange(code()))["stripe_user_id"]
    reply = exchange(code(), headers={"Stripe-Account": account})
    assert wrong(reply) == (403, "invalid_request_error", "secret_key_required", None)
