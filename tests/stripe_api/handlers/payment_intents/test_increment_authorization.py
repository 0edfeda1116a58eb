"""POST /v1/payment_intents/{intent}/increment_authorization: hold more for an authorization."""

from typing import Any

import pytest

from paysandbox.stripe_api.routes import GET_CHARGE
from tests.support.builders.build import DAY, OTHER_MERCHANT, PAYMENT_ID
from tests.support.clients.call import Merchant
from tests.support.clients.stripe_merchant import UNEXPECTED_STATE, StripeMerchant, done, missing, told, wrong
from tests.support.worlds.handlers import Clock

INVALID = "invalid_request_error"
DECLINE = {"sandbox_outcome": "decline:insufficient_funds"}


def charge_of(intent: dict[str, Any]) -> dict[str, Any]:
    return done(StripeMerchant().get(GET_CHARGE, intent["latest_charge"]))


def test_the_total_is_held_and_captured() -> None:
    shop = StripeMerchant()
    intent = shop.incremental()
    for total in (15_00, 15_01):
        after = done(shop.increment(intent["id"], total))
        assert (after["status"], after["amount"], after["amount_capturable"]) == ("requires_capture", total, total)
    charge = charge_of(intent)
    assert (charge["amount"], charge["captured"]) == (15_01, False)
    assert charge["payment_method_details"]["card"]["amount_authorized"] == 15_01
    assert done(shop.capture(intent["id"]))["amount_received"] == 15_01
    assert charge_of(intent)["amount_captured"] == 15_01


def test_other_fields_and_the_capture_window_stay(clock: Clock) -> None:
    shop = StripeMerchant()
    intent = shop.incremental(metadata={"a": "1"})
    before = charge_of(intent)
    clock.advance(DAY)
    after = done(shop.increment(intent["id"], 15_00))
    assert {name for name in after if after[name] != intent[name]} == {"amount", "amount_capturable"}
    changed = {name for name, value in charge_of(intent).items() if value != before[name]}
    assert changed == {"amount", "payment_method_details"}
    card, was = (one["payment_method_details"]["card"] for one in (charge_of(intent), before))
    assert {name for name in card if card[name] != was[name]} == {"amount_authorized", "overcapture"}


def test_texts_are_updated_unless_the_bank_declines() -> None:
    shop = StripeMerchant()
    intent = shop.incremental(metadata={"a": "1"})["id"]
    assert shop.increment(intent, 15_00, description="Two nights", metadata=DECLINE).status == 402
    assert shop.shown(intent)["metadata"] == {"a": "1"}
    after = done(shop.increment(intent, 15_00, description="Two nights", metadata={"b": "2"}))
    assert (after["description"], after["metadata"]) == ("Two nights", {"a": "1", "b": "2"})


@pytest.mark.parametrize(
    "options, params, status",
    [
        ({"request_incremental_authorization": "if_available"}, {}, "available"),
        ({"request_incremental_authorization": "if_available"}, {"payment_method": "pm_card_amex"}, "available"),
        ({"request_incremental_authorization": "if_available"}, {"payment_method": "pm_card_jcb"}, "unavailable"),
        ({"request_incremental_authorization": "if_available"}, {"payment_method": "pm_card_diners"}, "unavailable"),
        ({"request_incremental_authorization": "if_available"}, {"capture_method": "automatic"}, "unavailable"),
        ({"request_incremental_authorization": "never"}, {}, "unavailable"),
        ({}, {}, "unavailable"),
    ],
)
def test_it_is_available_where_it_was_requested_and_the_network_allows_it(
    options: dict[str, str], params: dict[str, str], status: str
) -> None:
    shop = StripeMerchant()
    given = {"capture_method": "manual", **params, "payment_method_options": {"card": options}}
    intent = shop.opened(confirm=True, **given)
    shown = charge_of(intent)["payment_method_details"]["card"]["incremental_authorization"]
    assert shown == {"status": status}
    if intent["status"] == "requires_capture":
        assert shop.increment(intent["id"], 15_00).status == (200 if status == "available" else 400)


def test_it_can_be_requested_with_the_confirmation() -> None:
    shop = StripeMerchant()
    intent = shop.opened(capture_method="manual")["id"]
    asked = {"card": {"request_incremental_authorization": "if_available"}}
    done(shop.confirm(intent, payment_method_options=asked))
    assert done(shop.increment(intent, 15_00))["amount_capturable"] == 15_00


def test_a_decline_is_a_card_error_and_changes_nothing() -> None:
    shop = StripeMerchant()
    intent = shop.incremental()
    charge = charge_of(intent)
    reply = shop.increment(intent["id"], 15_00, key="k", metadata=DECLINE)
    assert wrong(reply) == (402, "card_error", "card_declined", None)
    said = {name: reply.error[name] for name in ("decline_code", "message", "charge")}
    assert said == {
        "decline_code": "insufficient_funds",
        "message": "Your card has insufficient funds.",
        "charge": intent["latest_charge"],
    }
    assert reply.error["payment_intent"] == intent == shop.shown(intent["id"])
    assert charge_of(intent) == charge
    done(shop.increment(intent["id"], 15_00))
    again = shop.increment(intent["id"], 15_00, key="k", metadata=DECLINE)
    assert (again.text, again.replayed) == (reply.text, True)


def test_the_plan_of_the_intent_declines_increments() -> None:
    shop = StripeMerchant()
    intent = shop.incremental(metadata={"sandbox_outcome": "increment=decline:lost_card"})["id"]
    assert shop.increment(intent, 15_00).error["decline_code"] == "lost_card"
    assert done(shop.capture(intent))["amount_received"] == 10_00


def test_ten_attempts() -> None:
    shop = StripeMerchant()
    intent = shop.incremental()["id"]
    for number in range(10):
        metadata = DECLINE if number % 2 else {}
        assert shop.increment(intent, 11_00 + number, metadata=metadata).status == (402 if number % 2 else 200)
    assert wrong(shop.increment(intent, 20_00))[:2] == (400, INVALID)
    assert shop.shown(intent)["amount"] == 11_08


@pytest.mark.parametrize("ended", ["open", "paid", "cancelled", "partly captured"])
def test_without_an_uncaptured_hold_it_is_refused_and_the_refusal_replayed(ended: str) -> None:
    shop = StripeMerchant()
    make = {"open": shop.opened, "paid": shop.paid}.get(ended, shop.incremental)
    intent = make()["id"]
    if ended == "cancelled":
        done(shop.cancel(intent))
    if ended == "partly captured":
        done(shop.capture(intent, amount_to_capture=4_00, final_capture=False))
    before = shop.shown(intent)
    first, again = (shop.increment(intent, 15_00, key="k") for _ in range(2))
    assert wrong(first)[:3] == (400, INVALID, UNEXPECTED_STATE)
    assert "could not be incremented" in first.error["message"]
    assert (again.text, again.replayed, first.replayed) == (first.text, True, False)
    assert shop.shown(intent) == before


def test_an_expired_hold_is_not_incremented(clock: Clock) -> None:
    intent = StripeMerchant().incremental()["id"]
    clock.advance(8 * DAY)
    assert wrong(StripeMerchant().increment(intent, 15_00))[:3] == (400, INVALID, "charge_expired_for_capture")


@pytest.mark.parametrize(
    "params, expected",
    [
        ({"amount": 10_00}, (400, INVALID, None, "amount")),
        ({"amount": 9_99}, (400, INVALID, None, "amount")),
        ({"amount": 0}, (400, INVALID, "parameter_invalid_integer", "amount")),
        ({"amount": "1.5"}, (400, INVALID, "parameter_invalid_integer", "amount")),
        ({"amount": 10**8}, (400, INVALID, "amount_too_large", "amount")),
        ({"amount": 15_00, "statement_descriptor": "Hotel"}, (400, INVALID, None, "statement_descriptor")),
        ({"amount": 15_00, "application_fee_amount": 1}, (400, INVALID, "parameter_unknown", "application_fee_amount")),
        (
            {"amount": 15_00, "metadata": {"sandbox_outcome": "late:1"}},
            (400, INVALID, None, "metadata[sandbox_outcome]"),
        ),
    ],
)
def test_a_refused_increment_changes_nothing(
    params: dict[str, Any], expected: tuple[int, str, str | None, str | None]
) -> None:
    intent = StripeMerchant().incremental()
    given = {**params}
    assert wrong(StripeMerchant().increment(intent["id"], given.pop("amount"), **given)) == expected
    assert StripeMerchant().shown(intent["id"]) == intent


def test_unknown_intents_and_those_of_other_merchants_are_not_found() -> None:
    theirs = StripeMerchant(OTHER_MERCHANT).incremental()
    for name in (theirs["id"], PAYMENT_ID.replace("auth_", "pi_"), "pi_x"):
        assert wrong(StripeMerchant().increment(name, 15_00)) == missing("intent")


def test_the_event_has_what_can_be_captured() -> None:
    shop = StripeMerchant()
    intent = shop.incremental()["id"]
    shop.increment(intent, 12_00, metadata=DECLINE)
    done(shop.increment(intent, 15_00))
    kinds = [event.type for event in told()]
    assert kinds.count("payment_authorization_incremented") == kinds.count("payment_increment_declined") == 1


def test_an_increment_of_the_native_api_raises_the_intents_amount(demo: Merchant) -> None:
    intent = StripeMerchant().held()
    auth_id = intent["id"].replace("pi_", "auth_")
    assert demo.increment(auth_id, 5_00).json["authorized"] == 15_00
    assert StripeMerchant().shown(intent["id"])["amount"] == 15_00
    assert charge_of(intent)["amount"] == 15_00
    native = demo.authorized(10_00)
    demo.increment(native, 5_00)
    assert StripeMerchant().shown(native.replace("auth_", "pi_"))["amount"] == 15_00


def test_amounts_in_stripes_units() -> None:
    shop = StripeMerchant()
    intent = shop.incremental(amount=500_00, currency="isk")["id"]
    assert done(shop.increment(intent, 600_00))["amount_capturable"] == 600_00
    assert wrong(shop.increment(intent, 600_50))[2] == "invalid_charge_amount_no_decimal_compatible"
