"""POST /v1/charges/{charge}/capture: capture all or part of a charge that was created without an intent."""

from paysandbox.stripe_api.routes import CAPTURE_CHARGE, CREATE_CHARGE, LIST_STRIPE_EVENTS
from tests.support.clients.stripe_merchant import StripeMerchant, done, told

HOLD = {"amount": 10_00, "currency": "usd", "source": "tok_visa", "capture": "false"}


def test_a_charge_is_held_and_captured_in_part() -> None:
    held = done(StripeMerchant().post(CREATE_CHARGE, **HOLD))
    assert (held["captured"], held["amount_captured"], held["status"]) == (False, 0, "succeeded")
    shop = StripeMerchant()
    too_much = shop.post(CAPTURE_CHARGE, held["id"], amount=10_01)
    assert (too_much.error["code"], too_much.error["param"]) == ("amount_too_large", "amount")
    terms = {"amount": 6_00, "receipt_email": "a@example.com", "transfer_group": "g"}
    taken = shop.post(CAPTURE_CHARGE, held["id"], key="k", **terms)
    shown = done(taken)
    assert (shown["captured"], shown["amount_captured"], shown["payment_intent"]) == (True, 6_00, None)
    assert (shown["receipt_email"], shown["transfer_group"]) == ("a@example.com", "g")
    assert shop.post(CAPTURE_CHARGE, held["id"], key="k", **terms).text == taken.text
    again = shop.post(CAPTURE_CHARGE, held["id"])
    assert (again.status, again.error["code"]) == (400, "charge_already_captured")
    assert again.error["message"] == f"Charge {held['id']} has already been captured."
    assert "payment_intent" not in again.error
    told()
    events = done(shop.get(LIST_STRIPE_EVENTS))["data"]
    assert [event["type"] for event in events] == ["charge.captured", "charge.succeeded"]


def test_a_charge_of_an_intent_is_captured_by_its_intent() -> None:
    intent = StripeMerchant().held()
    refused = StripeMerchant().post(CAPTURE_CHARGE, intent["latest_charge"])
    assert (refused.status, intent["id"] in refused.error["message"]) == (400, True)
