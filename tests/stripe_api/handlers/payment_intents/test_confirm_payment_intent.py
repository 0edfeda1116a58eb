"""POST /v1/payment_intents/{intent}/confirm: ask the cardholder's bank."""

from typing import Any

import pytest

from paysandbox.stripe_api.client_secrets import client_secret_of
from paysandbox.stripe_api.routes import CONFIRM_PAYMENT_INTENT, CREATE_PAYMENT_INTENT, UPDATE_PAYMENT_INTENT
from tests.support.builders.build import OTHER_MERCHANT, PAYMENT_ID
from tests.support.clients.call import Merchant
from tests.support.clients.stripe_merchant import (
    DECLINED,
    TYPED,
    UNEXPECTED_STATE,
    VISA,
    StripeMerchant,
    done,
    missing,
    wrong,
)
from tests.support.worlds.aws_transport import Wire

INVALID = "invalid_request_error"
DATA = {"type": "card", "card": TYPED}


@pytest.mark.parametrize(
    "opened, params, status",
    [
        ({}, {}, "succeeded"),
        ({"capture_method": "manual"}, {}, "requires_capture"),
        ({"payment_method": None}, {"payment_method": VISA}, "succeeded"),
        ({"payment_method": None}, {"payment_method_data": DATA}, "succeeded"),
        ({"payment_method": DECLINED}, {"payment_method": VISA, "return_url": "https://example.com"}, "succeeded"),
    ],
)
def test_approved_confirmations(opened: dict[str, Any], params: dict[str, Any], status: str) -> None:
    intent = StripeMerchant().opened(**{name: value for name, value in opened.items() if value})
    if opened.get("payment_method", VISA) is None:
        intent = done(StripeMerchant().create())
    confirmed = done(StripeMerchant().confirm(intent["id"], **params, expand=["latest_charge"]))
    assert (confirmed["status"], confirmed["latest_charge"]["paid"]) == (status, True)
    assert done(StripeMerchant().confirm(StripeMerchant().opened()["id"]))["object"] == "payment_intent"


def test_after_two_declines_a_third_card_pays() -> None:
    intent = StripeMerchant().declined()
    again = StripeMerchant().confirm(intent["id"], payment_method="pm_card_chargeDeclinedInsufficientFunds")
    assert wrong(again) == (402, "card_error", "card_declined", None)
    assert again.error["decline_code"] == "insufficient_funds"
    assert again.error["payment_intent"]["status"] == "requires_payment_method"
    paid = done(StripeMerchant().confirm(intent["id"], payment_method=VISA))
    assert (paid["status"], paid["last_payment_error"]) == ("succeeded", None)


def test_a_declined_card_is_not_retried_without_a_new_request() -> None:
    intent = StripeMerchant().declined()
    assert wrong(StripeMerchant().confirm(intent["id"]))[:3] in (
        (400, INVALID, UNEXPECTED_STATE),
        (402, "card_error", "card_declined"),
    )


def test_the_card_of_the_intent_may_be_named() -> None:
    intent = StripeMerchant().opened(payment_method_data=DATA, payment_method="")
    assert (
        done(StripeMerchant().confirm(intent["id"], payment_method=intent["payment_method"]))["status"] == "succeeded"
    )
    other = StripeMerchant().opened()
    refused = StripeMerchant().confirm(other["id"], payment_method=intent["payment_method"])
    assert wrong(refused) == (400, INVALID, None, "payment_method")


@pytest.mark.parametrize("ended", ["paid", "held", "cancelled", "native"])
def test_an_intent_that_has_ended_cannot_be_confirmed(ended: str, demo: Merchant) -> None:
    match ended:
        case "paid":
            intent = StripeMerchant().paid()["id"]
        case "held":
            intent = StripeMerchant().held()["id"]
        case "cancelled":
            intent = done(StripeMerchant().cancel(StripeMerchant().opened()["id"]))["id"]
        case _:
            intent = demo.authorized(10_00).replace("auth_", "pi_")
    before = StripeMerchant().shown(intent)
    first, again = (StripeMerchant().confirm(intent, key="k", payment_method=VISA) for _ in range(2))
    assert wrong(first)[:3] == (400, INVALID, UNEXPECTED_STATE)
    assert (again.text, again.replayed) == (first.text, True)
    assert StripeMerchant().shown(intent) == before


@pytest.mark.parametrize(
    "params, expected",
    [
        ({}, (400, INVALID, UNEXPECTED_STATE, "payment_method")),
        ({"payment_method": VISA, "payment_method_data": DATA}, (400, INVALID, None, "payment_method_data")),
        ({"payment_method": "pm_card_nobody"}, missing("payment_method")),
        ({"expand": ["metadata"]}, (400, INVALID, None, "expand")),
        ({"client_secret": "pi_x_secret_y"}, (400, INVALID, None, "client_secret")),
        ({"customer": "cus_1"}, (400, INVALID, "parameter_unknown", "customer")),
    ],
)
def test_a_refused_confirmation_does_not_reach_the_bank(
    params: dict[str, Any], expected: tuple[int, str, str | None, str]
) -> None:
    intent = done(StripeMerchant().create())
    assert wrong(StripeMerchant().confirm(intent["id"], **params)) == expected
    assert StripeMerchant().shown(intent["id"]) == intent


def test_unknown_intents_and_those_of_other_merchants_are_not_found() -> None:
    theirs = StripeMerchant(OTHER_MERCHANT).opened()
    for name in (theirs["id"], PAYMENT_ID.replace("auth_", "pi_"), "pi_x"):
        assert wrong(StripeMerchant().confirm(name)) == missing("intent")
    assert StripeMerchant(OTHER_MERCHANT).shown(theirs["id"]) == theirs


@pytest.mark.parametrize("method", [VISA, DECLINED])
def test_a_repetition_gets_the_first_response(method: str) -> None:
    intent = StripeMerchant().opened(payment_method=method)["id"]
    first = StripeMerchant().confirm(intent, key="k")
    if method == VISA:
        assert StripeMerchant().refund(intent).status == 200
    else:
        assert StripeMerchant().confirm(intent, payment_method=VISA).status == 200
    again = StripeMerchant().confirm(intent, key="k")
    assert (again.status, again.text, again.replayed, first.replayed) == (first.status, first.text, True, False)


def test_a_confirmation_of_an_intent_that_changed_meanwhile_is_refused(wire: Wire) -> None:
    """The bank decided on 10.00, and by the time of its answer the intent's amount is 99.00."""
    intent = StripeMerchant().opened()["id"]

    def change_first(_: Any, deliver: Any) -> Any:
        with wire.broken(lambda _, deliver: deliver(), when=lambda _: False):
            assert StripeMerchant().post(UPDATE_PAYMENT_INTENT, intent, amount=99_00).status == 200
        return deliver()

    with wire.broken(change_first, when=lambda sent: sent.operation == "UpdateItem"):
        stale = StripeMerchant().confirm(intent, key="k")
    assert wrong(stale)[:3] == (400, INVALID, UNEXPECTED_STATE)
    assert StripeMerchant().confirm(intent, key="k").text == stale.text
    assert StripeMerchant().shown(intent)["status"] == "requires_confirmation"
    assert done(StripeMerchant().confirm(intent))["amount_received"] == 99_00


FORCED = {"X-Sandbox-Outcome": "decline:lost_card"}


@pytest.mark.parametrize("metadata", [{}, {"sandbox_outcome": "approve"}], ids=["alone", "over metadata"])
def test_a_header_forces_the_outcome_of_a_confirmation(metadata: dict[str, str]) -> None:
    shop = StripeMerchant()
    bought = {"amount": 10_00, "currency": "usd", "payment_method": VISA, "metadata": metadata}
    intent = shop.opened(metadata=metadata)["id"]
    for reply in (
        shop.ask(CONFIRM_PAYMENT_INTENT, intent, {}, headers=FORCED),
        shop.ask(CREATE_PAYMENT_INTENT, None, {**bought, "confirm": True}, headers=FORCED),
    ):
        assert (wrong(reply)[:3], reply.error["decline_code"]) == ((402, "card_error", "card_declined"), "lost_card")
    assert done(shop.confirm(intent, payment_method=VISA))["status"] == "succeeded"


def test_a_header_that_would_have_no_effect_is_refused() -> None:
    bought = {"amount": 10_00, "currency": "usd", "payment_method": VISA}
    reply = StripeMerchant().ask(CREATE_PAYMENT_INTENT, None, bought, headers=FORCED)
    assert wrong(reply) == (400, INVALID, None, "X-Sandbox-Outcome")


def test_a_publishable_key_confirms_the_intent_whose_secret_it_knows() -> None:
    intent = StripeMerchant().opened()
    page = StripeMerchant(kind="publishable")
    assert wrong(page.confirm(intent["id"]))[2:] == ("parameter_missing", "client_secret")
    other = client_secret_of(PAYMENT_ID)
    assert wrong(page.confirm(intent["id"], client_secret=other))[3] == "client_secret"
    secret = intent["client_secret"]
    paid = done(page.confirm(intent["id"], client_secret=secret, expand=["latest_charge", "payment_method"], key="k"))
    assert (paid["status"], paid["payment_method"]["card"]["last4"]) == ("succeeded", "4242")
    assert not {"metadata", "latest_charge", "amount_received"} & paid.keys()
    again = page.confirm(intent["id"], client_secret=secret, expand=["latest_charge", "payment_method"], key="k")
    assert (again.replayed, again.json) == (True, paid)
    assert page.ask(CONFIRM_PAYMENT_INTENT, intent["id"], "client_secret=" + intent["client_secret"]).status == 400


def test_a_decline_shows_a_publishable_key_the_reason_but_no_metadata() -> None:
    intent = StripeMerchant().opened(payment_method=DECLINED, metadata={"order": "7"})
    page = StripeMerchant(kind="publishable")
    declined = page.confirm(intent["id"], client_secret=intent["client_secret"], expand=["latest_charge"])
    assert wrong(declined) == (402, "card_error", "card_declined", None)
    inside = declined.error["payment_intent"]
    of_request = ("payment_intent", "request_log_url")
    why = {name: value for name, value in declined.error.items() if name not in of_request}
    assert (why["payment_method"]["id"], why["decline_code"]) == (intent["payment_method"], "generic_decline")
    assert "fingerprint" not in why["payment_method"]["card"]
    assert (inside["status"], inside["last_payment_error"]) == ("requires_payment_method", why)
    assert not {"metadata", "latest_charge"} & inside.keys()
