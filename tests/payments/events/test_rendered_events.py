"""Events as sent: of the documented shape, small, and unchanged when the payment changes later."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from api_reference.events import EVENTS
from api_reference.examples import EVENT_EXAMPLES
from paysandbox.core import ids
from paysandbox.core.currency import MINOR_DIGITS
from paysandbox.core.event_type import EventType
from paysandbox.donations.donation import Donation
from paysandbox.donations.event import donation_events
from paysandbox.donations.events import render_donation_event
from paysandbox.http.event_envelope import MAX_EVENT_BYTES
from paysandbox.payments.answers import render_step
from paysandbox.payments.events.event import Event, events_of
from paysandbox.payments.events.rendering import render_event
from paysandbox.payments.payment import Payment
from paysandbox.settlement.business_day import BatchName
from paysandbox.settlement.close import Of, Totals, close
from paysandbox.settlement.events import MAX_CURRENCIES_IN_EVENT, render_settlement_event
from paysandbox.settlement.settlement import Batch
from paysandbox.webhooks.endpoint import Disabled, DisabledBecause, Endpoint, Failing
from paysandbox.webhooks.events.endpoint_events import render_endpoint_event
from tests.payments.events.test_event import (
    APPROVED,
    AUTOMATIC,
    CAPTURE,
    CAPTURED,
    DECLINED,
    REFUND,
    REFUNDED,
    SETTLED,
    ended,
)
from tests.support.builders import build, disputes, donations, intents, later_steps
from tests.support.builders.build import DAY, MONDAY
from tests.support.builders.largest_payment import largest_payment

ONE_OF_EACH = [
    *events_of(None, REFUNDED),
    *events_of(None, DECLINED),
    *events_of(APPROVED, ended(APPROVED, "void")),
    *events_of(CAPTURED, ended(CAPTURED, "exp")),
    *events_of(REFUNDED, SETTLED),
    *(event for payment in later_steps.EACH.values() for event in events_of(None, payment)),
    *(event for payment in disputes.EACH.values() for event in events_of(disputes.CAPTURED, payment)),
    *events_of(None, intents.lived(intents.opened(), intents.revise(intents.terms(7_00, metadata='{"a":"b"}')))),
]
OF_REQUESTS = [event for event in ONE_OF_EACH if event.settled is None]


def shown(event: Event) -> Any:
    return json.loads(render_event(event))


def test_events_match_their_schema(subtests: pytest.Subtests) -> None:
    for event in ONE_OF_EACH:
        with subtests.test(str(event.type)):
            EVENTS[event.type].model_validate_json(render_event(event))
            assert set(shown(event)) == {"id", "type", "timestamp", "sequence", "data"}


OF_ENDPOINTS = {EventType.ENDPOINT_PING, EventType.ENDPOINT_DISABLED}
OF_DONATIONS = {EventType.DONATION_SUCCEEDED, EventType.DONATION_FAILED, EventType.DONATION_REFUNDED}
OF_OTHERS = {kind for kind in EventType if kind.startswith(("disbursement_", "stripe_object_"))}
"""Tested with the features that render them."""


def test_every_type_has_a_schema_and_a_test() -> None:
    looked_at = {event.type for event in ONE_OF_EACH} | OF_ENDPOINTS | {EventType.SETTLEMENT_COMPLETED} | OF_DONATIONS
    assert set(EVENTS) == set(EventType) == looked_at | OF_OTHERS


def endpoint(**parts: Any) -> Endpoint:
    return Endpoint(
        **{
            "id": "we_" + "e" * 26,
            "merchant": build.MERCHANT,
            "url": "https://example.com/",
            "events": ("*",),
            "created_at": MONDAY,
            "listens_since": MONDAY,
            "request_id": "request-of-create",
        }
        | parts
    )


FAILED = Disabled(MONDAY + DAY, DisabledBecause.FAILING)
GONE = Disabled(MONDAY + DAY, DisabledBecause.GONE)
DISABLED_AT = "2026-11-17T09:30:00.000000Z"


@pytest.mark.parametrize(
    "kind, parts, data",
    [
        (EventType.ENDPOINT_PING, {}, {}),
        (EventType.ENDPOINT_PING, {"description": "shop", "generation": 3}, {"description": "shop"}),
        (EventType.ENDPOINT_PING, {"disabled": GONE}, {}),
        (
            EventType.ENDPOINT_DISABLED,
            {"disabled": GONE},
            {"disabled_reason": "gone", "disabled_at": DISABLED_AT},
        ),
        (
            EventType.ENDPOINT_DISABLED,
            {"disabled": FAILED, "failing": Failing(since=MONDAY, failures=12, last_at=MONDAY)},
            {
                "disabled_reason": "failing",
                "disabled_at": DISABLED_AT,
                "failing_since": "2026-11-16T09:30:00.000000Z",
            },
        ),
    ],
)
def test_endpoint_events(kind: EventType, parts: dict[str, Any], data: dict[str, Any]) -> None:
    text = render_endpoint_event(kind, endpoint(**parts), "evt_x", MONDAY, 3)
    EVENTS[kind].model_validate_json(text)
    assert json.loads(text) == {
        "id": "evt_x",
        "type": str(kind),
        "timestamp": "2026-11-16T09:30:00.000000Z",
        "sequence": 3,
        "data": {"endpoint_id": "we_" + "e" * 26, "url": "https://example.com/"} | data,
    }


def test_enabled_endpoints_have_no_disabled_event() -> None:
    with pytest.raises(AssertionError, match="is not disabled"):
        render_endpoint_event(EventType.ENDPOINT_DISABLED, endpoint(), "evt_x", MONDAY, 1)


BATCH = Batch(BatchName(date(2026, 11, 16), 2), MONDAY + DAY)
MOST = 10**18 - 1


def completed(totals: dict[Of, Totals], openings: dict[Of, int], **parts: Any) -> str:
    balances = close(str(BATCH.name), totals, openings)
    return render_settlement_event(
        BATCH, "demo", totals.values(), balances.values(), **{"set_aside": 0, "at": MONDAY + DAY} | parts
    )


def test_batch_events() -> None:
    """Includes a currency with a balance and nothing new; a currency below the payout minimum is not paid out."""
    totals = {
        ("demo", currency): Totals(merchant="demo", currency=currency, count=2, gross=10_00, refunds=2_00, fees=59)
        for currency in ("USD", "EUR")
    }
    text = completed(totals, {("demo", "EUR"): -8_00, ("demo", "JPY"): 5}, set_aside=1)
    EVENTS[EventType.SETTLEMENT_COMPLETED].model_validate_json(text)
    moved = {"count": 2, "gross": 10_00, "refunds": 2_00, "fees": 59, "net": 7_41}
    nothing = dict.fromkeys(moved, 0)
    assert json.loads(text) == {
        "id": ids.completed_event_id("2026-11-16.2", "demo"),
        "type": "settlement_completed",
        "timestamp": "2026-11-17T09:30:00.000000Z",
        "sequence": 2,
        "data": {
            "status": "settled",
            "batch": "2026-11-16.2",
            "business_date": "2026-11-16",
            "cutoff": "2026-11-17T09:30:00.000000Z",
            "totals": [
                {"currency": "EUR", **moved, "opening_balance": -8_00, "payout": 0, "closing_balance": -59},
                {"currency": "JPY", **nothing, "opening_balance": 5, "payout": 0, "closing_balance": 5},
                {
                    "currency": "USD",
                    **moved,
                    "opening_balance": 0,
                    "payout": 7_41,
                    "closing_balance": 0,
                    "payout_id": ids.payout_id("2026-11-16.2", "demo", "USD"),
                },
            ],
            "currencies": 3,
            "set_aside": 1,
        },
    }


def test_a_batch_with_disputes_has_their_totals() -> None:
    usd = Totals(merchant="demo", currency="USD", count=2, gross=10_00, chargebacks=10_00, dispute_fees=15_00, fees=59)
    text = completed({("demo", "USD"): usd}, {})
    EVENTS[EventType.SETTLEMENT_COMPLETED].model_validate_json(text)
    assert json.loads(text)["data"]["totals"] == [
        {
            "currency": "USD",
            "count": 2,
            "gross": 10_00,
            "refunds": 0,
            "chargebacks": 10_00,
            "dispute_fees": 15_00,
            "fees": 59,
            "net": -15_59,
            "opening_balance": 0,
            "payout": 0,
            "closing_balance": -15_59,
        }
    ]


def test_a_batch_has_one_event_for_each_merchant() -> None:
    batches = ("2026-11-16", "2026-11-17")
    event_ids = {ids.completed_event_id(batch, merchant) for batch in batches for merchant in ("demo", "globex")}
    assert len(event_ids) == 4
    assert all(ids.has_form(ids.EVENT, one) for one in event_ids)


def test_a_total_without_a_balance_is_an_error() -> None:
    with pytest.raises(KeyError):
        render_settlement_event(BATCH, "demo", [Totals(merchant="demo", currency="USD")], [], set_aside=0, at=MONDAY)


def test_largest_batch_event() -> None:
    sums = {"count": MOST, "gross": MOST, "refunds": MOST, "chargebacks": MOST, "dispute_fees": MOST, "fees": MOST}
    every = {("demo", currency): Totals(merchant="demo", currency=currency, **sums) for currency in MINOR_DIGITS}
    text = completed(every, dict.fromkeys(every, 6 * MOST), set_aside=MOST)
    told = json.loads(text)["data"]
    assert MAX_EVENT_BYTES / 2 < len(text.encode()) <= MAX_EVENT_BYTES
    assert (len(told["totals"]), told["currencies"]) == (MAX_CURRENCIES_IN_EVENT, len(MINOR_DIGITS))
    assert [one["currency"] for one in told["totals"]] == sorted(MINOR_DIGITS)[:MAX_CURRENCIES_IN_EVENT]


def test_largest_endpoint_event() -> None:
    largest = endpoint(url="https://example.com/" + "x" * 2_028, description="é" * 500, disabled=FAILED)
    for kind in OF_ENDPOINTS:
        assert len(render_endpoint_event(kind, largest, "evt_x", MONDAY, 1).encode()) < MAX_EVENT_BYTES


GIVEN = donations.opened()
PAID = donations.heard(GIVEN, paid=50_00)
UNPAID = donations.heard(GIVEN, failed=True, failure="card_declined")
PART = donations.heard(PAID, paid=50_00, refunded=20_00)


@pytest.mark.parametrize(
    "before, after, kind, data",
    [
        (GIVEN, PAID, EventType.DONATION_SUCCEEDED, {"status": "SUCCEEDED"}),
        (GIVEN, UNPAID, EventType.DONATION_FAILED, {"status": "FAILED", "failure": "card_declined"}),
        (GIVEN, donations.heard(GIVEN, failed=True), EventType.DONATION_FAILED, {"status": "FAILED"}),
        # An earlier failure no longer matters.
        (UNPAID, donations.heard(UNPAID, paid=50_00), EventType.DONATION_SUCCEEDED, {"status": "SUCCEEDED"}),
        (
            PAID,
            PART,
            EventType.DONATION_REFUNDED,
            {"status": "SUCCEEDED", "refunded": 20_00, "refund_amount": 20_00},
        ),
        (
            PART,
            donations.heard(PART, paid=50_00, refunded=50_00),
            EventType.DONATION_REFUNDED,
            {"status": "REFUNDED", "refunded": 50_00, "refund_amount": 30_00},
        ),
    ],
)
def test_donation_events(before: Donation, after: Donation, kind: EventType, data: dict[str, Any]) -> None:
    (event,) = donation_events(before, after)
    text = render_donation_event(event)
    EVENTS[kind].model_validate_json(text)
    assert json.loads(text) == {
        "id": event.id,
        "type": str(kind),
        "timestamp": "2026-11-16T10:30:00.000000Z",
        "sequence": after.version,
        "data": {
            "donation_id": donations.DONATION_ID,
            "amount": 50_00,
            "currency": "usd",
            "refunded": 0,
            "donor_name": "Ada Lovelace",
            "payment_intent": donations.INTENT_ID,
            "created_at": "2026-11-16T09:30:00.000000Z",
        }
        | data,
    }


@pytest.mark.parametrize("seen", [{"paid": 50_00}, {"failed": True}, {"paid": 50_00, "refunded": 50_00}])
def test_donor_data_in_events_is_at_most_the_name(seen: dict[str, Any]) -> None:
    for anonymous in (False, True):
        given = donations.opened(anonymous=anonymous)
        for event in donation_events(given, donations.heard(given, **seen)):
            text = render_donation_event(event)
            assert json.loads(text)["data"]["donor_name"] == ("Anonymous" if anonymous else "Ada Lovelace")
            told = [donations.ADA.email, donations.ADA.user_id, "For the library", *(["Ada"] if anonymous else [])]
            assert [one for one in told if one in text] == []


def test_abandoned_donation_without_an_intent() -> None:
    (event,) = donation_events(GIVEN, replace(UNPAID, intent_id=None))
    text = render_donation_event(event)
    EVENTS[event.type].model_validate_json(text)
    assert "payment_intent" not in json.loads(text)["data"]


def test_largest_donation_event() -> None:
    """A user pool name has up to 2,048 characters."""
    for letter in "é💶\x01":
        given = donations.opened(donor=replace(donations.ADA, name=letter * 2_048), amount=99_999_999)
        (event,) = donation_events(given, donations.heard(given, failed=True, failure="x" * 100))
        assert len(render_donation_event(event).encode()) < MAX_EVENT_BYTES


def test_complete_event() -> None:
    (event,) = events_of(APPROVED, CAPTURED)
    capture = build.operation_id("cap", 1)
    assert render_event(event) == (
        '{"data":{"amount":400,"auth_id":"' + build.PAYMENT_ID + '","created_at":"2026-11-16T09:30:00.000000Z",'
        '"currency":"USD","final":false,"payment":{"authorized":1000,"captured":400,"refunded":0,"released":0,'
        '"remaining":600,"status":"partially_captured"},"released":0,"remaining":600,"status":"completed",'
        '"transaction_id":"' + capture + '"},"id":"' + event.id + '","sequence":2,'
        '"timestamp":"2026-11-16T09:30:00.000000Z","type":"payment_captured"}'
    )


def test_event_data_equals_the_response(subtests: pytest.Subtests) -> None:
    for event in OF_REQUESTS:
        with subtests.test(str(event.type)):
            data = shown(event)["data"]
            del data["payment"]
            assert data == render_step(event.payment, event.step.operation.id)


def test_settlement_events() -> None:
    captured, refunded = (shown(event)["data"] for event in events_of(REFUNDED, SETTLED))
    both = {
        "auth_id": build.PAYMENT_ID,
        "batch": "2026-11-16",
        "created_at": "2026-11-17T09:30:00.000000Z",
        "currency": "USD",
        "fee": 7,
        "settlement_id": SETTLED.operations[-1].id,
        "status": "settled",
        "payment": {
            "status": "partially_refunded",
            "authorized": 10_00,
            "captured": 4_00,
            "refunded": 1_00,
            "released": 0,
            "remaining": 6_00,
        },
    }
    assert captured == both | {"transaction_id": CAPTURE, "type": "capture", "gross": 4_00, "net": 3_93}
    assert refunded == both | {"transaction_id": REFUND, "type": "refund", "gross": -1_00, "net": -1_07}


@pytest.mark.parametrize(
    "after, counters",
    [
        (AUTOMATIC, [("approved", 0, 0, 0, 10_00), ("captured", 10_00, 0, 0, 0)]),
        (DECLINED, [("declined", 0, 0, 0, 0)]),
        (ended(CAPTURED, "exp"), [
            ("approved", 0, 0, 0, 10_00), ("partially_captured", 4_00, 0, 0, 6_00), ("captured", 4_00, 0, 6_00, 0),
        ]),
    ],
)  # fmt: skip
def test_totals_are_those_at_the_time_of_the_event(after: Payment, counters: list[tuple[Any, ...]]) -> None:
    """Independent of how much of the payment's life the record holds."""
    names = ("status", "captured", "refunded", "released", "remaining")
    told = [shown(event)["data"]["payment"] for event in events_of(None, after)]
    assert [tuple(one[name] for name in names) for one in told] == counters
    assert {one["authorized"] for one in told} == {10_00}


def test_events_do_not_change_with_later_operations() -> None:
    then = [render_event(event) for event in events_of(None, CAPTURED)]
    later = [render_event(event) for event in events_of(None, REFUNDED)]
    assert later[:2] == then


def test_events_of_the_largest_payment_fit() -> None:
    """Ten of them fit too: SNS accepts 262,144 bytes at once, including attributes."""
    sizes = [len(render_event(event).encode()) for event in events_of(None, largest_payment())]
    assert MAX_EVENT_BYTES / 2 < max(sizes) <= MAX_EVENT_BYTES
    assert 10 * (MAX_EVENT_BYTES + 1_000) < 262_144


def test_characters_that_sqs_rejects_are_escaped() -> None:
    (event,) = events_of(None, build.authorized(metadata='{"a":"\ufffe\uffff\\u0001é💶"}'))
    assert '"\\ufffe\\uffff\\u0001é💶"' in render_event(event)
    assert shown(event)["data"]["metadata"] == {"a": "\ufffe\uffff\x01é💶"}


def test_examples_equal_sent_events(subtests: pytest.Subtests) -> None:
    for kind in EventType:
        with subtests.test(str(kind)):
            example = EVENT_EXAMPLES[kind]
            EVENTS[kind].model_validate_json(json.dumps(example))
            if kind in OF_ENDPOINTS | OF_DONATIONS | OF_OTHERS or kind is EventType.SETTLEMENT_COMPLETED:
                continue
            counters = example["data"]["payment"]
            held = counters["captured"] + counters["released"] + counters["remaining"]
            assert held == (0 if kind is EventType.PAYMENT_DECLINED else counters["authorized"])
