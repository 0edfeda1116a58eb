"""GET /v1/payment_intents/{intent}: retrieve an intent in its current state."""

import pytest

from paysandbox.stripe_api.routes import GET_PAYMENT_INTENT
from tests.support.builders.build import OTHER_MERCHANT, PAYMENT_ID
from tests.support.clients.call import Merchant
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong

# What Stripe's reference marks as "retrievable with publishable key", on the PaymentIntent and on its PaymentMethod.
FOR_PAGE = {
    "id",
    "object",
    "amount",
    "automatic_payment_methods",
    "canceled_at",
    "cancellation_reason",
    "capture_method",
    "client_secret",
    "confirmation_method",
    "created",
    "currency",
    "description",
    "last_payment_error",
    "livemode",
    "next_action",
    "payment_method",
    "payment_method_types",
    "processing",
    "receipt_email",
    "setup_future_usage",
    "shipping",
    "status",
}
NOT_OF_METHOD = {"metadata", "customer_account"}
UNKNOWN = PAYMENT_ID.replace("auth_", "pi_")


def test_it_is_shown_in_its_current_state() -> None:
    intent = StripeMerchant().opened()
    assert StripeMerchant().shown(intent["id"]) == intent
    StripeMerchant().confirm(intent["id"])
    StripeMerchant().refund(intent["id"], amount=3_00)
    shown = StripeMerchant().shown(intent["id"], expand=["latest_charge.refunds", "payment_method"])
    assert (shown["status"], shown["amount_received"]) == ("succeeded", 10_00)
    assert shown["latest_charge"]["amount_refunded"] == 3_00
    assert [one["amount"] for one in shown["latest_charge"]["refunds"]["data"]] == [3_00]
    assert shown["payment_method"]["card"]["last4"] == "4242"


def test_a_native_payment_is_an_intent(demo: Merchant) -> None:
    shown = StripeMerchant().shown(demo.authorized(10_00).replace("auth_", "pi_"))
    assert (shown["status"], shown["amount_capturable"], shown["capture_method"]) == (
        "requires_capture",
        10_00,
        "manual",
    )


@pytest.mark.parametrize("name", [UNKNOWN, PAYMENT_ID, "pi_x", "ch_" + UNKNOWN[3:], "x" * 200])
def test_unknown_ids_are_not_found(name: str) -> None:
    assert wrong(StripeMerchant().get(GET_PAYMENT_INTENT, name)) == missing("intent")


def test_another_merchants_is_not_there() -> None:
    theirs = StripeMerchant(OTHER_MERCHANT).paid()["id"]
    assert wrong(StripeMerchant().get(GET_PAYMENT_INTENT, theirs)) == missing("intent")


def test_a_field_that_cannot_be_expanded_is_refused() -> None:
    intent = StripeMerchant().opened()["id"]
    assert wrong(StripeMerchant().get(GET_PAYMENT_INTENT, intent, expand=["metadata"]))[3] == "expand"


def test_a_publishable_key_sees_the_intent_whose_secret_it_knows() -> None:
    mine, other = StripeMerchant().opened(), StripeMerchant().opened()
    page = StripeMerchant(kind="publishable")
    shown = done(page.get(GET_PAYMENT_INTENT, mine["id"], client_secret=mine["client_secret"]))
    assert shown == {name: mine[name] for name in FOR_PAGE}
    assert wrong(page.get(GET_PAYMENT_INTENT, mine["id"])) == (
        400,
        "invalid_request_error",
        "parameter_missing",
        "client_secret",
    )
    assert wrong(page.get(GET_PAYMENT_INTENT, other["id"], client_secret=mine["client_secret"]))[3] == "client_secret"
    theirs = StripeMerchant(OTHER_MERCHANT).opened()
    assert page.get(GET_PAYMENT_INTENT, theirs["id"], client_secret=theirs["client_secret"]).status == 404


def test_a_publishable_key_never_gets_metadata_or_the_charge() -> None:
    expanded = {"expand": ["payment_method", "latest_charge.refunds"]}
    mine = StripeMerchant().paid(
        description="Tea", metadata={"order": "7"}, payment_method=StripeMerchant().card(metadata={"a": "1"})["id"],
        **expanded,
    )  # fmt: skip
    shown = done(
        StripeMerchant(kind="publishable").get(
            GET_PAYMENT_INTENT,
            mine["id"],
            client_secret=mine["client_secret"],
            **expanded,
        )
    )
    assert (shown.keys(), shown["status"], shown["description"]) == (FOR_PAGE, "succeeded", "Tea")
    theirs, method = mine["payment_method"], shown["payment_method"]
    assert theirs.keys() - method.keys() == NOT_OF_METHOD
    assert theirs["card"].keys() - method["card"].keys() == {"fingerprint"}
    assert method["card"]["last4"] == "4242"


def test_a_publishable_key_sees_why_the_last_attempt_failed() -> None:
    mine = StripeMerchant().declined()
    page = StripeMerchant(kind="publishable")
    shown = done(page.get(GET_PAYMENT_INTENT, mine["id"], client_secret=mine["client_secret"]))
    theirs = mine["last_payment_error"]
    why = shown["last_payment_error"]
    assert shown.keys() == FOR_PAGE
    assert why == theirs | {"payment_method": why["payment_method"]}
    assert theirs["payment_method"].keys() - why["payment_method"].keys() == NOT_OF_METHOD
