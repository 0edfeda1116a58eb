"""POST /v1/charges/{charge}/refunds: refund captured money of a charge. Returns the refund."""

from typing import Any

import pytest

from paysandbox.stripe_api.routes import CREATE_CHARGE_REFUND, GET_REFUND
from tests.support.builders.build import OTHER_MERCHANT, PAYMENT_ID
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong

NO_CHARGE = PAYMENT_ID.replace("auth_", "ch_")


@pytest.mark.parametrize("amount", [None, 3_00])
def test_the_refund_is_that_of_the_charge(amount: int | None) -> None:
    intent = StripeMerchant().paid()
    params: dict[str, Any] = {"reason": "duplicate", "metadata": {"a": "1"}, "expand": ["charge"]}
    if amount:
        params["amount"] = amount
    shown = done(StripeMerchant().post(CREATE_CHARGE_REFUND, intent["latest_charge"], **params))
    assert (shown["object"], shown["amount"], shown["metadata"]) == ("refund", amount or 10_00, {"a": "1"})
    assert (shown["charge"]["amount_refunded"], shown["payment_intent"]) == (amount or 10_00, intent["id"])
    assert done(StripeMerchant().get(GET_REFUND, shown["id"], expand=["charge"])) == shown


def test_a_repeat_refunds_nothing_twice() -> None:
    charge = StripeMerchant().paid()["latest_charge"]
    first, again = (StripeMerchant().post(CREATE_CHARGE_REFUND, charge, key="back", amount=3_00) for _ in range(2))
    assert first.text == again.text
    assert again.headers["Idempotent-Replayed"] == "true"


def test_an_intent_in_the_body_is_the_charges() -> None:
    paid, other = (StripeMerchant().paid() for _ in range(2))
    reply = StripeMerchant().post(CREATE_CHARGE_REFUND, paid["latest_charge"], payment_intent=other["id"])
    assert wrong(reply) == missing("payment_intent")
    assert done(StripeMerchant().post(CREATE_CHARGE_REFUND, paid["latest_charge"], payment_intent=paid["id"]))


@pytest.mark.parametrize(
    "charge, merchant",
    [(NO_CHARGE, None), ("ch_nothing", None), ("", OTHER_MERCHANT)],
    ids=["none", "no id", "other's"],
)
def test_a_charge_that_is_not_there(charge: str, merchant: str | None) -> None:
    shop = StripeMerchant(merchant) if merchant else StripeMerchant()
    assert wrong(shop.post(CREATE_CHARGE_REFUND, charge or StripeMerchant().paid()["latest_charge"])) == missing("id")


def test_a_failed_charge_has_nothing_to_give_back() -> None:
    reply = StripeMerchant().post(CREATE_CHARGE_REFUND, StripeMerchant().declined()["latest_charge"])
    assert (reply.status, reply.error["type"]) == (400, "invalid_request_error")


def test_the_charge_is_named_by_the_path_alone() -> None:
    charge = StripeMerchant().paid()["latest_charge"]
    reply = StripeMerchant().post(CREATE_CHARGE_REFUND, charge, charge=charge)
    assert (reply.status, reply.error["code"], reply.error["param"]) == (400, "parameter_unknown", "charge")
