"""Amounts in Stripe's units: what a request sends, what it shows, and what the native API shows of the same payment."""

from typing import Any

import pytest

from paysandbox.stripe_api.routes import (
    CREATE_CHARGE_REFUND,
    LIST_CHARGES,
    LIST_STRIPE_EVENTS,
    REFUND_CHARGE,
    SEARCH_CHARGES,
    SEARCH_PAYMENT_INTENTS,
    UPDATE_PAYMENT_INTENT,
)
from tests.stripe_api.handlers.pages import listed
from tests.support.clients.call import Merchant
from tests.support.clients.simulated_steps import simulate
from tests.support.clients.stripe_call import StripeReply
from tests.support.clients.stripe_merchant import StripeMerchant, done, told, wrong

SHOP = StripeMerchant()
INVALID = "invalid_request_error"
NO_DECIMALS = "invalid_charge_amount_no_decimal_compatible"
ISK = (
    "Invalid amount. Currency ISK has become effectively zero-decimal and charged amounts must be evenly divisible by "
    "100. See https://stripe.com/docs/currencies#special-cases for more information."
)
UGX = ISK.replace("ISK", "UGX").replace("special-cases", "zero-decimal")

UNITS = [("isk", 100), ("mga", 0.01), ("kwd", 1)]
"""Stripe's units per minor unit of ISO 4217."""


def native(intent: dict[str, Any]) -> str:
    return intent["id"].replace("pi_", "auth_")


@pytest.mark.parametrize("currency, units", UNITS)
def test_a_payment_of_v1_is_in_iso_4217_natively(demo: Merchant, currency: str, units: float) -> None:
    intent = SHOP.held(amount=1_000, currency=currency)
    part = done(SHOP.capture(intent["id"], amount_to_capture=600, expand=["latest_charge"]))
    refund = done(SHOP.refund(intent["id"], amount=200))

    charge = part["latest_charge"]
    card = charge["payment_method_details"]["card"]
    assert (intent["amount"], intent["amount_capturable"], refund["amount"]) == (1_000, 1_000, 200)
    assert (part["amount"], part["amount_received"], part["amount_capturable"]) == (1_000, 600, 0)
    assert (charge["amount"], charge["amount_captured"], charge["amount_refunded"]) == (1_000, 600, 0)
    assert (card["amount_authorized"], card["overcapture"]["maximum_amount_capturable"]) == (1_000, 1_000)
    kept = demo.payment(native(intent)).json
    assert [kept[name] * units for name in ("amount", "captured", "refunded", "released")] == [1_000, 600, 200, 400]


@pytest.mark.parametrize("currency, units", UNITS)
def test_a_native_payment_is_in_stripes_units_at_v1(demo: Merchant, currency: str, units: float) -> None:
    sale = demo.authorized(1_000, currency=currency.upper(), capture_method="automatic")
    shown = SHOP.shown(sale.replace("auth_", "pi_"), expand=["latest_charge"])
    refund = done(SHOP.refund(shown["id"]))

    assert {shown["amount"], shown["amount_received"], shown["latest_charge"]["amount"]} == {1_000 * units}
    assert refund["amount"] == 1_000 * units


SEVEN = {"amount": 7_00, "currency": "isk"}


@pytest.mark.parametrize("route", [CREATE_CHARGE_REFUND, REFUND_CHARGE])
def test_a_refund_by_charge_is_in_stripes_units(demo: Merchant, route: Any) -> None:
    intent = SHOP.paid(**SEVEN)
    body = done(SHOP.post(route, intent["latest_charge"], amount=2_00))

    assert body.get("amount_refunded", body["amount"]) == 2_00
    assert demo.payment(native(intent)).json["refunded"] == 2


def test_a_refund_over_several_captures_is_in_stripes_units(demo: Merchant) -> None:
    intent = SHOP.held(**SEVEN)["id"]
    SHOP.capture(intent, amount_to_capture=4_00, final_capture=False)
    done(SHOP.capture(intent, amount_to_capture=2_00, final_capture=False))
    assert done(SHOP.refund(intent, amount=5_00))["amount"] == 5_00
    assert wrong(SHOP.refund(intent, amount=2_00))[0] == 400
    assert done(SHOP.refund(intent))["amount"] == 1_00


def test_events_lists_and_searches_are_in_stripes_units() -> None:
    intent = SHOP.paid(**SEVEN)
    done(SHOP.refund(intent["id"], amount=2_00))
    told()
    (refunded,) = listed(LIST_STRIPE_EVENTS, type="charge.refunded")
    assert refunded["data"]["object"]["amount_refunded"] == 2_00
    assert refunded["data"]["previous_attributes"]["amount_refunded"] == 0
    (charge,) = listed(LIST_CHARGES, payment_intent=intent["id"])
    assert (charge["amount"], charge["amount_refunded"]) == (7_00, 2_00)
    for route in (SEARCH_PAYMENT_INTENTS, SEARCH_CHARGES):
        for query, found in (("amount>=700 AND currency:'isk'", 1), ("amount:7", 0), ("amount>700", 0)):
            assert len(done(SHOP.get(route, query=query))["data"]) == found, query


def test_a_dispute_and_its_balance_transactions_are_in_stripes_units() -> None:
    intent = SHOP.paid(**SEVEN)
    opened = simulate(intent["id"], "dispute", amount=5)
    assert (opened.status, opened.json["disputed"]) == (200, 5)
    told()
    (created,) = listed(LIST_STRIPE_EVENTS, type="charge.dispute.created")
    (moved,) = created["data"]["object"]["balance_transactions"]
    assert (created["data"]["object"]["amount"], moved["amount"]) == (5_00, -5_00)
    assert moved["net"] == moved["amount"] - moved["fee"]


def test_an_update_is_in_stripes_units(demo: Merchant) -> None:
    intent = SHOP.opened(**SEVEN)
    assert done(SHOP.post(UPDATE_PAYMENT_INTENT, intent["id"], amount=9_00))["amount"] == 9_00
    assert demo.payment(native(intent)).json["amount"] == 9


# --- refusals ---------------------------------------------------------------------------------------------------------


def refusals(currency: str, fine: int, odd: int) -> dict[str, StripeReply]:
    """Return the answers to an amount that is no multiple of the step, wherever a request has one."""
    held, paid, opened = (make(amount=fine, currency=currency) for make in (SHOP.held, SHOP.paid, SHOP.opened))
    return {
        "create": SHOP.create(amount=odd, currency=currency),
        "confirmed at once": SHOP.create(amount=odd, currency=currency, payment_method="pm_card_visa", confirm=True),
        "update": SHOP.post(UPDATE_PAYMENT_INTENT, opened["id"], amount=odd),
        "capture": SHOP.capture(held["id"], amount_to_capture=odd),
        "refund": SHOP.refund(paid["id"], amount=odd),
        "refund of a charge": SHOP.post(CREATE_CHARGE_REFUND, paid["latest_charge"], amount=odd),
    }


@pytest.mark.parametrize(
    "currency, fine, odd, code, message",
    [
        ("isk", 500, 101, NO_DECIMALS, ISK),
        ("ugx", 500, 150, NO_DECIMALS, UGX),
        ("kwd", 5_000, 1_001, "parameter_invalid_integer", "Invalid amount. Amounts in KWD must end in 0. See "),
        ("tnd", 5_000, 7, "parameter_invalid_integer", "Invalid amount. Amounts in TND must end in 0. See "),
    ],
)
def test_an_amount_between_two_steps_is_refused_everywhere(
    currency: str, fine: int, odd: int, code: str, message: str
) -> None:
    for kind, reply in refusals(currency, fine, odd).items():
        param = "amount_to_capture" if kind == "capture" else "amount"
        assert wrong(reply) == (400, INVALID, code, param), kind
        assert reply.error["message"].startswith(message), kind


@pytest.mark.parametrize("currency", ["isk", "mga", "usd"])
def test_the_limit_is_of_eight_digits_in_stripes_units(currency: str, demo: Merchant) -> None:
    intent = SHOP.paid(amount=99_999_900, currency=currency)
    assert SHOP.shown(intent["id"])["amount_received"] == 99_999_900
    assert wrong(SHOP.create(amount=100_000_000, currency=currency))[2] == "amount_too_large"
    assert demo.payment(native(intent)).status == 200
    assert done(SHOP.refund(intent["id"], amount=99_999_900))["status"] == "succeeded"


@pytest.mark.parametrize("currency, more", [("isk", 6_00), ("mga", 6), ("usd", 6)])
def test_more_than_there_is_is_refused_in_stripes_units(currency: str, more: int) -> None:
    amount = more - (100 if currency == "isk" else 1)
    held, paid = (make(amount=amount, currency=currency)["id"] for make in (SHOP.held, SHOP.paid))
    assert wrong(SHOP.capture(held, amount_to_capture=more))[2] == "amount_too_large"
    assert SHOP.refund(paid, amount=more).status == 400
    assert done(SHOP.capture(held, amount_to_capture=amount))["amount_received"] == amount
    assert done(SHOP.refund(paid, amount=amount))["amount"] == amount


def test_a_refusal_is_replayed_with_the_same_bytes() -> None:
    paid = SHOP.paid(**SEVEN)["id"]
    first, again = (SHOP.refund(paid, amount=1_50, key="k") for _ in range(2))
    assert (first.status, again.text) == (400, first.text)
    assert again.headers["Idempotent-Replayed"] == "true"


def test_a_payment_of_another_merchant_is_not_found_in_any_currency() -> None:
    paid = StripeMerchant("other").paid(**SEVEN)["id"]
    assert wrong(SHOP.refund(paid, amount=1_50)) == (400, INVALID, "resource_missing", "payment_intent")
