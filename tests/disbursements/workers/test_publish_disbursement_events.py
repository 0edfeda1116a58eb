"""The worker that publishes disbursement events: from the table's stream to the subscribers."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, Final

import pytest
from botocore import endpoint
from botocore.exceptions import ClientError

from api_reference.events import EVENTS
from disbursements import publish_disbursement_events
from paysandbox.aws import runtime
from paysandbox.core.event_type import EventType
from paysandbox.disbursements.disbursement import Disbursement, Source, Status
from paysandbox.disbursements.event import disbursement_events
from paysandbox.disbursements.events import render_disbursement_event
from paysandbox.disbursements.steps import Step, attempted, stepped
from tests.disbursements.disbursement_scenario import of_images, record_of
from tests.disbursements.workers.conftest import Lines
from tests.support.builders import build, disbursements
from tests.support.builders.build import HOUR
from tests.support.worlds import tables
from tests.support.worlds.aws_transport import Wire, refused_with
from tests.support.worlds.public_topic import Aws

PENDING: Final = disbursements.accepted(fee=25)
SENT: Final = stepped(PENDING, Step.SEND, Source.WORKER, build.MONDAY)
AGAIN: Final = replace(attempted(SENT, build.MONDAY + HOUR), reference="BATCH1")
UNCLAIMED: Final = stepped(AGAIN, Step.UNCLAIM, Source.PROVIDER, build.MONDAY + 2 * HOUR, code="RECEIVER_UNREGISTERED")
RETURNED: Final = stepped(UNCLAIMED, Step.RETURN, Source.SIMULATED, build.MONDAY + 3 * HOUR)
LIVED: Final = (None, PENDING, SENT, AGAIN, UNCLAIMED, RETURNED)
LIFE: Final = [record_of(before, after) for before, after in pairwise(LIVED)]


@pytest.fixture
def aws() -> Iterator[Aws]:
    """Empty queues."""
    with tables.sandbox():
        os.environ["POWERTOOLS_METRICS_NAMESPACE"] = "paysandbox/test"
        yield Aws()


@pytest.fixture
def wire(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """Return the wire between the worker and SNS, without a delay between retries."""
    wire = Wire()
    wire.attach(runtime.sns())
    monkeypatch.setattr(endpoint, "time", SimpleNamespace(sleep=wire.delays_s.append))
    yield wire
    wire.detach()


def work(*records: Any) -> Any:
    return publish_disbursement_events.handler({"Records": [*records]}, None)


def events_for(*lived: Disbursement | None) -> list[str]:
    return [
        render_disbursement_event(event)
        for before, after in pairwise(lived)
        if after is not None
        for event in disbursement_events(before, after)
    ]


def test_each_status_is_published_once_in_order(aws: Aws) -> None:
    assert work(*LIFE) == {"batchItemFailures": []}
    bodies = aws.bodies()
    assert bodies == events_for(*LIVED)
    seen = [
        (one["type"], one["sequence"], one["data"]["status"], one["data"]["source"]) for one in map(json.loads, bodies)
    ]
    assert seen == [
        ("disbursement_created", 1, "pending", "api"),
        ("disbursement_processing", 2, "processing", "worker"),
        ("disbursement_unclaimed", 3, "unclaimed", "provider"),
        ("disbursement_returned", 4, "returned", "simulated"),
    ]
    assert aws.parked() == []


def test_a_correction_has_an_event_of_its_own(aws: Aws) -> None:
    """It is published once, between the payment and a return. The disbursement stays paid."""
    sent = replace(SENT, method="ach", reference="2026-11-16.1.1")
    paid = stepped(sent, Step.PAY, Source.PROVIDER, build.MONDAY + HOUR)
    corrected = stepped(paid, Step.CORRECT, Source.PROVIDER, build.MONDAY + 2 * HOUR, code="C02")
    returned = stepped(corrected, Step.RETURN, Source.PROVIDER, build.MONDAY + 3 * HOUR, code="R03")
    work(*(record_of(before, after) for before, after in pairwise((sent, paid, corrected, returned))))
    seen = [
        (one["type"], one["sequence"], one["data"]["status"], one["data"].get("code"))
        for one in map(json.loads, aws.bodies())
    ]
    assert seen == [
        ("disbursement_paid", 3, "paid", None),
        ("disbursement_destination_corrected", 4, "paid", "C02"),
        ("disbursement_returned", 5, "returned", "R03"),
    ]


def test_an_event_has_the_ids_the_money_and_the_providers_reason(aws: Aws) -> None:
    """In minor units, as all events of this API. Never the e-mail address."""
    work(record_of(AGAIN, UNCLAIMED))
    (body,) = aws.bodies()
    event = json.loads(body)
    assert event["timestamp"] == "2026-11-16T11:30:00.000000Z"
    assert event["data"] == {
        "payment_id": PENDING.id,
        "customer_id": PENDING.customer_id,
        "status": "unclaimed",
        "amount": 12_50,
        "currency": "USD",
        "fee": 25,
        "payment_method": "paypal",
        "source": "provider",
        "code": "RECEIVER_UNREGISTERED",
        "reference": "BATCH1",
        "batch_id": PENDING.batch_id,
        "created_at": "2026-11-16T09:30:00.000000Z",
    }
    assert PENDING.email not in body


def reaching(status: Status) -> Disbursement:
    """Return a disbursement that just got a status, whichever."""
    change = replace(PENDING.trail[0], status=status)
    return replace(SENT, trail=(*SENT.trail, change))


@pytest.mark.parametrize("status", Status)
def test_every_status_has_an_event_of_the_documented_shape(status: Status) -> None:
    after = PENDING if status is Status.PENDING else reaching(status)
    (event,) = disbursement_events(None if after is PENDING else SENT, after)
    text = render_disbursement_event(event)
    EVENTS[event.type].model_validate_json(text)
    assert event.type == ("disbursement_created" if status is Status.PENDING else f"disbursement_{status}")


def test_subscribers_can_filter_by_merchant_and_type(aws: Aws) -> None:
    work(LIFE[0])
    (message,) = aws.received()
    attributes = {name: one["StringValue"] for name, one in message["MessageAttributes"].items()}
    assert attributes == {"merchant": "demo", "type": "disbursement_created"}


def test_writes_without_a_status_are_not_published(aws: Aws, wire: Wire) -> None:
    other = of_images({"NewImage": {"customer_id": {"S": "#"}, "payment_id": {"S": "TOKEN"}}})
    with wire.record() as calls:
        work(record_of(SENT, AGAIN), record_of(RETURNED, None), other)
    assert calls == []


def test_a_repeated_batch_has_the_same_bytes(aws: Aws) -> None:
    """At-least-once delivery: a receiver that stores the ids can detect duplicates."""
    work(*LIFE)
    first = aws.bodies()
    work(*LIFE)
    assert aws.bodies() == first


@pytest.mark.parametrize(
    "status, metric",
    [
        (Status.PAID, "DisbursementsPaid"),
        (Status.FAILED, "DisbursementsFailed"),
        (Status.BLOCKED, "DisbursementsFailed"),
        (Status.RETURNED, "DisbursementsFailed"),
        (Status.UNCLAIMED, None),
        (Status.CANCELED, None),
    ],
)
def test_outcomes_are_counted(status: Status, metric: str | None, aws: Aws, lines: Lines) -> None:
    work(record_of(SENT, reaching(status)), LIFE[0])
    counted = [name for line in lines() for name in line if name.startswith("Disbursements")]
    assert counted == ([metric] if metric else [])


def test_unreadable_records_go_to_the_dead_letter_queue_without_blocking(aws: Aws) -> None:
    """By its position and ID: neither the customer nor the address is parked."""
    broken = record_of(None, PENDING, place=7)
    del broken["dynamodb"]["NewImage"]["trail"]
    work(LIFE[0], broken, LIFE[1])
    assert aws.bodies() == events_for(None, PENDING, SENT)
    (parked,) = aws.parked()
    assert (parked["payment_id"], parked["reason"], parked["sequence_number"]) == (PENDING.id, "KeyError", f"{7:021}")
    assert PENDING.customer_id not in json.dumps(parked)


def test_sns_errors_are_raised_for_a_retry(aws: Aws, wire: Wire) -> None:
    with wire.broken(refused_with(503, "ServiceUnavailable"), when=lambda _: True), pytest.raises(ClientError):
        work(*LIFE)
    work(*LIFE)
    assert aws.bodies() == events_for(*LIVED)


def test_events_of_one_disbursement_have_ids_of_their_own() -> None:
    ids = {json.loads(body)["id"] for body in events_for(*LIVED)}
    other = {json.loads(body)["id"] for body in events_for(None, disbursements.accepted(2))}
    assert len(ids | other) == 5
    assert {kind for kind in EventType if kind.startswith("disbursement_")} <= EVENTS.keys()
