"""The worker that publishes donation events: from the table's stream to the subscribers."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from botocore import endpoint
from botocore.exceptions import ClientError

from donations import publish_donation_events
from paysandbox.aws import runtime, telemetry
from paysandbox.donations.donation import Donation, Receipt
from paysandbox.donations.event import donation_events
from paysandbox.donations.events import render_donation_event
from tests.support.builders.donations import ADA, DONATION_ID, INTENT_ID, heard, of_images, opened, record
from tests.support.fakes.stream import STREAM
from tests.support.worlds import tables
from tests.support.worlds.aws_transport import Wire, refused_with
from tests.support.worlds.public_topic import Aws

OPENED = opened()
FAILED = heard(OPENED, failed=True, failure="card_declined")
PAID = heard(FAILED, paid=50_00)
THANKED = replace(PAID, receipt=Receipt.SENT, version=4)
PART = heard(THANKED, paid=50_00, refunded=20_00)
WHOLE = heard(PART, paid=50_00, refunded=50_00)
LIVED = (None, OPENED, FAILED, PAID, THANKED, PART, WHOLE)
LIFE = [record(before, after) for before, after in pairwise(LIVED)]
POISON = of_images({"NewImage": {"SK": {"S": f"DONATION#{DONATION_ID}"}, "email": {"S": ADA.email}}}, place=7)


@pytest.fixture
def aws() -> Iterator[Aws]:
    """Empty queues."""
    with tables.sandbox():
        yield Aws()


@pytest.fixture
def wire(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """Return the wire between the worker and SNS, without a delay between retries."""
    wire = Wire()
    wire.attach(runtime.sns())
    monkeypatch.setattr(endpoint, "time", SimpleNamespace(sleep=wire.delays_s.append))
    yield wire
    wire.detach()


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Return the worker's log output."""
    printed = io.StringIO()
    monkeypatch.setattr(telemetry._logger().registered_handler, "stream", printed)
    return printed


def work(*records: Any) -> Any:
    return publish_donation_events.handler({"Records": [*records]}, None)


def events_for(*lived: Donation | None) -> list[str]:
    return [
        render_donation_event(event)
        for before, after in pairwise(lived)
        if after is not None
        for event in donation_events(before, after)
    ]


def test_each_event_of_a_lifecycle_is_published_once_in_order(aws: Aws) -> None:
    assert work(*LIFE) == {"batchItemFailures": []}
    bodies = aws.bodies()
    assert bodies == events_for(*LIVED)
    told = [(one["type"], one["sequence"], one["data"]["status"]) for one in map(json.loads, bodies)]
    assert told == [
        ("donation_failed", 2, "FAILED"),
        ("donation_succeeded", 3, "SUCCEEDED"),
        ("donation_refunded", 5, "SUCCEEDED"),
        ("donation_refunded", 6, "REFUNDED"),
    ]
    assert aws.parked() == []


def test_subscribers_can_filter_by_merchant_and_type(aws: Aws) -> None:
    work(record(OPENED, heard(OPENED, paid=50_00, refunded=50_00)))
    attributes = [
        {name: one["StringValue"] for name, one in message["MessageAttributes"].items()} for message in aws.received()
    ]
    assert attributes == [
        {"merchant": "donate-now", "type": "donation_succeeded"},
        {"merchant": "donate-now", "type": "donation_refunded"},
    ]


def test_writes_without_events_are_not_published(aws: Aws, wire: Wire) -> None:
    with wire.record() as sent:
        work(record(None, OPENED), record(OPENED, replace(OPENED, intent_id=INTENT_ID, version=2)))
        work(record(PAID, THANKED), record(WHOLE, None))
        work()
    assert sent == []


def test_a_repeated_batch_has_the_same_bytes(aws: Aws) -> None:
    """At-least-once delivery: a receiver that stores the ids can detect duplicates."""
    work(*LIFE)
    first = aws.bodies()
    work(*LIFE)
    assert aws.bodies() == first


def test_unreadable_records_go_to_the_dead_letter_queue_without_blocking(aws: Aws, log: io.StringIO) -> None:
    """By its position: the donor is neither parked nor logged."""
    assert work(LIFE[1], POISON, LIFE[2]) == {"batchItemFailures": []}
    assert aws.bodies() == events_for(OPENED, FAILED, PAID)
    place = {
        "stream": STREAM,
        "event_id": f"{7:032}",
        "event_name": "INSERT",
        "sequence_number": f"{7:021}",
        "donation": f"DONATION#{DONATION_ID}",
    }
    parked = aws.parked()
    assert parked == [place | {"reason": "KeyError"}]
    (line,) = [json.loads(text) for text in log.getvalue().splitlines()]
    assert (line["level"], line["message"], line["error"]) == ("ERROR", "sent to dead-letter queue", "KeyError")
    assert place.items() <= line.items()
    assert ADA.email not in json.dumps(parked) + log.getvalue()


def test_sns_errors_are_raised_for_a_retry(aws: Aws, wire: Wire) -> None:
    fault = refused_with(503, "ServiceUnavailable")
    with wire.broken(fault, when=lambda _: True), pytest.raises(ClientError):
        work(POISON, *LIFE)
    assert aws.parked() == []
    work(*LIFE)
    assert aws.bodies() == events_for(*LIVED)
