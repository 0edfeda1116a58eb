"""Entries from log lines: what each kind of line becomes, and which lines are dropped."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from paysandbox.core import ids
from paysandbox.feed.entry import Card, DeliveryAttempt, Event, FeedEntry, Request
from paysandbox.feed.feed_lines import entries_of, request_entry
from paysandbox.request_log.log_lines import LogLine
from tests.support.builders import build
from tests.support.builders.build import MONDAY

Json = dict[str, Any]

PAYMENT = ids.payment_id("demo", "1")
CAPTURE = f"cap_{PAYMENT.partition('_')[2]}{'b' * ids.SUFFIX_LENGTH}"
SANDBOX_TIME = datetime(2027, 1, 1, tzinfo=UTC)

EVENT: Json = {
    "message": "event",
    "merchant": "demo",
    "event_id": "evt_1",
    "event_type": "payment_captured",
    "at": "2027-01-01T00:00:00.000000Z",
    "sequence": 2,
    "object_id": CAPTURE,
    "payment_id": PAYMENT,
    "amount": 1_000,
    "currency": "USD",
}
ATTEMPT: Json = {
    "message": "delivery attempt",
    "merchant": "demo",
    "delivery_id": "dlv_1",
    "event_id": "evt_1",
    "event_type": "payment_captured",
    "endpoint_id": "we_1",
    "url": "https://shop.example/hook",
    "attempt": 2,
    "status": 503,
    "error": None,
    "latency_ms": 31,
    "payment_id": PAYMENT,
}


def entry_of(line: Json) -> FeedEntry:
    made = entries_of([], [LogLine(line, MONDAY)])
    assert made.error is None
    (entry,) = made.entries
    return entry


def test_an_event_has_the_sandboxs_time() -> None:
    assert entry_of(EVENT) == FeedEntry(
        id="evt_1",
        merchant="demo",
        at=SANDBOX_TIME,
        subject=Event(type="payment_captured", object_id=CAPTURE),
        payment_id=PAYMENT,
        amount=1_000,
        currency="USD",
    )


def test_events_of_one_write_are_in_the_order_in_which_they_happened() -> None:
    second = timedelta(seconds=1)
    other = {**EVENT, "at": "2027-01-01T00:00:01.000000Z"}
    lines = [
        LogLine({**EVENT, "event_id": "evt_3b", "sequence": 3, "place": 1}, MONDAY),
        LogLine({**EVENT, "event_id": "evt_3a", "sequence": 3}, MONDAY),
        LogLine({**other, "event_id": "evt_later", "sequence": 1}, MONDAY + second),
        LogLine(ATTEMPT, MONDAY + second),
        LogLine({**EVENT, "event_id": "evt_1", "sequence": 1}, MONDAY + 2 * second),
        LogLine({**EVENT, "event_id": "evt_2", "sequence": 2}, MONDAY + 3 * second),
    ]
    made = entries_of([], lines)
    assert (made.error, [one.id for one in made.entries]) == (
        None,
        ["evt_1", "evt_2", "evt_3a", "evt_3b", "dlv_1#2", "evt_later"],
    )


def test_events_of_one_flow_are_in_its_order() -> None:
    """Their sequences are of several objects."""
    second = timedelta(seconds=1)
    lines = [
        LogLine({**EVENT, "event_id": "evt_completed", "sequence": 3, "flow_place": 33}, MONDAY),
        LogLine({**EVENT, "event_id": "evt_succeeded", "sequence": 4, "flow_place": 25}, MONDAY + second),
        LogLine({**EVENT, "event_id": "evt_opened", "sequence": 1, "flow_place": 25}, MONDAY + second),
        LogLine({**EVENT, "event_id": "evt_customer", "sequence": 1, "flow_place": 12}, MONDAY + 2 * second),
    ]
    made = entries_of([], lines)
    assert [one.id for one in made.entries] == ["evt_customer", "evt_opened", "evt_succeeded", "evt_completed"]


def test_an_event_about_nothing_else_names_itself() -> None:
    entry = entry_of({name: value for name, value in EVENT.items() if name != "object_id"})
    assert entry.subject == Event(type="payment_captured", object_id="evt_1")


def test_an_attempt_has_the_lines_wall_time() -> None:
    assert entry_of(ATTEMPT) == FeedEntry(
        id="dlv_1#2",
        merchant="demo",
        at=MONDAY,
        payment_id=PAYMENT,
        subject=DeliveryAttempt(
            delivery_id="dlv_1",
            event_id="evt_1",
            event_type="payment_captured",
            endpoint_id="we_1",
            url="https://shop.example/hook",
            attempt=2,
            status=503,
            latency_ms=31,
        ),
    )


@pytest.mark.parametrize(
    "status, error, succeeded", [(200, None, True), (299, None, True), (302, None, False), (None, "timeout", False)]
)
def test_attempts_succeed_with_2xx(status: int | None, error: str | None, succeeded: bool) -> None:
    subject = entry_of(ATTEMPT | {"status": status, "error": error}).subject
    assert isinstance(subject, DeliveryAttempt)
    assert subject.succeeded is succeeded


def test_a_card_is_shown_by_its_last_four_digits() -> None:
    assert entry_of(EVENT | {"card_brand": "visa", "card_last4": "4242"}).card == Card(brand="visa", last4="4242")
    assert entry_of(EVENT | {"card_brand": "visa"}).card is None


@pytest.mark.parametrize("path, amount", [("/v1/payment_intents", 5), ("/payments/authorize", 500)])
def test_the_amount_of_a_request_is_in_iso_4217(path: str, amount: int) -> None:
    record = build.request_record(path=path, body='{"amount":"500","currency":"isk"}', answer=None)
    assert request_entry(record).amount == amount


def test_a_requests_amount_reference_and_card_come_from_its_bodies() -> None:
    record = build.request_record(
        status=200,
        outcome="approved",
        path="/payments/authorize",
        transaction_id=PAYMENT,
        body='{"card":{"number":"************4242","cvc":"***"},"amount":1000,"reference":"order 7"}',
        answer='{"amount":900,"currency":"USD","card":{"brand":"visa","last4":"4242"},"detail":"cut o…',
    )
    assert request_entry(record) == FeedEntry(
        id="request-1",
        merchant="demo",
        at=record.at,
        payment_id=PAYMENT,
        amount=900,
        currency="USD",
        reference="order 7",
        card=Card(brand="visa", last4="4242"),
        subject=Request(
            method="POST",
            path="/payments/authorize",
            route="authorize_payment",
            status=200,
            outcome="approved",
            duration_ms=12,
            transaction_id=PAYMENT,
        ),
    )


@pytest.mark.parametrize(
    "parts, payment",
    [
        pytest.param({"transaction_id": CAPTURE}, PAYMENT, id="the operation's"),
        pytest.param({"path": f"/payments/{PAYMENT}"}, PAYMENT, id="in the path"),
        pytest.param({"path": f"/v1/payment_intents/pi_{PAYMENT[5:]}/capture"}, PAYMENT, id="an intent in the path"),
        pytest.param({"body": f'{{"auth_id":"{PAYMENT}","amount":1}}'}, PAYMENT, id="in the body"),
        pytest.param({"path": "/payments/unknown"}, None, id="none"),
        pytest.param({}, None, id="a line of an earlier version"),
    ],
)
def test_the_payment_of_a_request(parts: Json, payment: str | None) -> None:
    assert request_entry(build.request_record(**parts)).payment_id == payment


def test_entries_have_the_order_of_their_lines() -> None:
    records = [build.request_record(2), build.request_record(1)]
    lines = [LogLine(EVENT, MONDAY + timedelta(seconds=1.5)), LogLine(ATTEMPT, MONDAY)]
    assert [one.id for one in entries_of(records, lines).entries] == ["dlv_1#2", "request-1", "evt_1", "request-2"]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param({"message": "lines dropped"}, id="another line"),
        pytest.param({name: value for name, value in EVENT.items() if name != "merchant"}, id="no merchant"),
    ],
)
def test_other_lines_have_no_entry(line: Json) -> None:
    made = entries_of([], [LogLine(line, MONDAY)])
    assert (made.entries, made.unreadable) == ([], 0)


@pytest.mark.parametrize(
    "line",
    [
        EVENT | {"merchant": "Not A Merchant"},
        EVENT | {"merchant": 7},
        EVENT | {"event_id": ""},
        EVENT | {"event_id": "evt 1"},
        EVENT | {"event_id": "e" * 161},
        EVENT | {"event_type": None},
        EVENT | {"at": "yesterday"},
        EVENT | {"at": "2027-01-01T00:00:00+01:00"},
        EVENT | {"amount": "1000"},
        EVENT | {"amount": True},
        EVENT | {"currency": 7},
        ATTEMPT | {"attempt": "2"},
        ATTEMPT | {"latency_ms": None},
        ATTEMPT | {"status": 200.5},
        ATTEMPT | {"url": None},
    ],
    ids=range(15),
)
def test_lines_of_another_form_are_dropped_and_counted(line: Json) -> None:
    made = entries_of([], [LogLine(line, MONDAY), LogLine(EVENT, MONDAY)])
    assert ([one.id for one in made.entries], made.unreadable) == (["evt_1"], 1)
    assert made.error is not None
