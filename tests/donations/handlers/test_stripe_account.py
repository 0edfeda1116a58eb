"""The Stripe account behind create-intent: not set up, refusing, slow, unreachable. And the effect of a retry."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from paysandbox.aws import runtime
from paysandbox.core.errors import PROBLEMS, Code
from paysandbox.donations import stripe_account, stripe_secrets
from tests.support.clients.donation_requests import (
    ADA,
    Account,
    Fault,
    donation_rows,
    kept,
    lost,
    refusing,
    set_stripe_url,
    unheard,
)
from tests.support.fakes.wire import Reply, Request
from tests.support.tools.ports import free_port
from tests.support.worlds import tables
from tests.support.worlds.aws_transport import Fault as OfAws, Wire, refused_with

OTHER_KEY = "sk_test_donate-now_aNewSecretOfTheSameMerchant"


def rotate(key: str = OTHER_KEY) -> None:
    """Set another key, as `paysandbox donations secrets set` does."""
    runtime.ssm().put_parameter(Name=tables.STRIPE_KEY_PARAMETER, Type="SecureString", Value=key, Overwrite=True)


@pytest.fixture(autouse=True)
def secrets_are_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the next request read the secrets, whatever their age."""
    monkeypatch.setattr(stripe_secrets, "PATIENCE", timedelta())


# --- the key ----------------------------------------------------------------------------------------------------------


def test_without_a_key_it_is_not_set_up_and_with_one_it_is(stripe: Account) -> None:
    runtime.ssm().delete_parameter(Name=tables.STRIPE_KEY_PARAMETER)
    reply = ADA.give()
    assert (reply.status, reply.code) == (503, "stripe_not_configured")
    assert "STRIPE_SECRET_KEY" in reply.json["detail"]
    tables.put_stripe_secrets()
    assert ADA.give().status == 200
    assert len(donation_rows()) == 1


def test_a_key_that_stripe_does_not_know_is_reloaded_once_and_then_reported(stripe: Account, wire: Wire) -> None:
    ADA.give(60_00)
    stripe.keys = set()
    stripe.asked.clear()
    with wire.record() as sent:
        reply = ADA.give()
    assert (reply.status, reply.code) == (503, "stripe_not_configured")
    assert [call.operation for call in sent] == ["TransactWriteItems", "GetParameter"]
    assert len(stripe.asked) == 1, "the same key would be refused again"


def test_a_rotated_key_is_picked_up_automatically(stripe: Account) -> None:
    ADA.give(60_00)
    stripe.keys = {OTHER_KEY}
    rotate()
    assert ADA.give().status == 200
    assert [request.headers["authorization"] for request in stripe.asked[-2:]] == [
        f"Bearer {tables.STRIPE_KEY}",
        f"Bearer {OTHER_KEY}",
    ]


def test_a_rotated_key_that_is_also_invalid(stripe: Account) -> None:
    ADA.give(60_00)
    stripe.keys = set()
    rotate()
    assert ADA.give().code == "stripe_not_configured"


def test_a_key_without_the_right_is_not_set_up(stripe: Account) -> None:
    stripe.trouble = [refusing(403, "invalid_request_error")]
    assert ADA.give().code == "stripe_not_configured"


def test_one_client_serves_as_long_as_its_key_does(stripe: Account) -> None:
    ADA.give(60_00)
    first = stripe_account.client()
    assert stripe_account.client() is first
    rotate()
    assert stripe_secrets.secret_key().has_changed()
    assert stripe_account.client() is not first


@pytest.mark.parametrize(
    "fault, code",
    [
        (refused_with(400, "ThrottlingException"), "service_unavailable"),
        (refused_with(400, "AccessDeniedException"), "internal_error"),
    ],
)
def test_an_unreadable_key_is_not_a_missing_key(fault: OfAws, code: str, stripe: Account, wire: Wire) -> None:
    with wire.broken(fault, when=lambda sent: "STRIPE" in sent.parameters.get("Name", "")):
        assert ADA.give().code == code
    assert ADA.give().status == 200


# --- Stripe's answers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "status, error, code, param",
    [
        (400, {"code": "amount_too_small", "param": "amount"}, "amount_too_small", "amount"),
        (400, {"code": "amount_too_large", "param": "amount"}, "amount_too_large", "amount"),
        (400, {"code": "parameter_invalid_integer", "param": "amount"}, "amount_invalid", "amount"),
        (400, {"param": "currency"}, "currency_unsupported", "currency"),
        (400, {"code": "account_country_invalid_address"}, "request_invalid", None),
        (400, {}, "request_invalid", None),
        (402, {"code": "amount_too_small", "param": "amount"}, "amount_too_small", "amount"),
        (402, {}, "request_invalid", None),
    ],
    ids=str,
)
def test_permanent_stripe_errors_are_client_errors(
    status: int, error: dict[str, str], code: str, param: str | None, stripe: Account
) -> None:
    stripe.trouble = [refusing(status, "card_error" if status == 402 else "invalid_request_error", **error)]
    reply = ADA.give()
    assert (reply.status, reply.code, reply.json.get("param")) == (400, code, param)
    assert reply.json["detail"] == "Stripe says: Stripe's own words."


@pytest.mark.parametrize(
    "fault",
    [
        refusing(500, "api_error"),
        refusing(503, "api_error"),
        refusing(429, "rate_limit_error"),
        refusing(409, "idempotency_error", code="idempotency_key_in_use"),
    ],
    ids=["500", "503", "429", "409"],
)
def test_temporary_stripe_errors_can_be_retried(fault: Fault, stripe: Account) -> None:
    stripe.trouble = [fault]
    reply = ADA.give()
    assert (reply.status, reply.code) == (503, "stripe_unavailable")
    assert reply.json["retryable"]
    assert reply.headers["Retry-After"] == str(PROBLEMS[Code.STRIPE_UNAVAILABLE].retry_after_s)


def test_stripe_is_unreachable(ledger: Any) -> None:
    set_stripe_url(f"http://127.0.0.1:{free_port()}")
    assert ADA.give().code == "stripe_unavailable"


@pytest.mark.full
def test_a_request_to_stripe_times_out(stripe: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """The function has ten seconds, and itself answers that the result is unknown."""
    monkeypatch.setattr(stripe_account, "TIMEOUT_S", 0.2)
    stripe_account._client.cache_clear()
    released = threading.Event()

    def silent(request: Request, do: Callable[[], Reply]) -> Reply | None:
        released.wait(10)
        return None

    stripe.trouble = [silent, silent]
    reply = ADA.give()
    released.set()
    stripe_account._client.cache_clear()
    assert (reply.status, reply.code) == (503, "stripe_unavailable")
    assert len(stripe.asked) == 2, "the SDK asks once more by itself, under the same key"
    assert len({request.headers["idempotency-key"] for request in stripe.asked}) == 1


# --- retries ----------------------------------------------------------------------------------------------------------


@pytest.mark.full
@pytest.mark.parametrize("key", ["a-key", None])
@pytest.mark.parametrize(
    "fault",
    [refusing(500, "api_error"), [unheard, unheard], [lost, lost], [lost, unheard]],
    ids=["said no", "never heard", "done, and not heard of", "done, and then gone"],
)
def test_a_retry_completes_the_same_donation_with_the_same_intent(
    fault: Fault | list[Fault], key: str | None, stripe: Account
) -> None:
    """Whatever failed between our record and Stripe's answer, there is one donation and one PaymentIntent."""
    stripe.trouble = [*fault] if isinstance(fault, list) else [fault]
    first = ADA.give(key=key)
    assert first.code == "stripe_unavailable"
    (pending,) = donation_rows()
    assert (pending["status"]["S"], "stripe_payment_intent_id" in pending) == ("PENDING", False)

    again = ADA.give(key=key)
    assert (again.status, again.replayed) == (200, True)
    assert [kept(again.json["donation_id"]).intent_id] == stripe.intents()
    assert len(donation_rows()) == 1
    assert len({request.headers["idempotency-key"] for request in stripe.asked}) == 1
    assert len({str(request.body) for request in stripe.asked}) == 1, "in other words, Stripe would refuse the key"


def test_the_sdk_itself_asks_again_where_an_answer_was_lost(stripe: Account) -> None:
    stripe.trouble = [lost]
    assert ADA.give().status == 200
    assert len(stripe.intents()) == 1
