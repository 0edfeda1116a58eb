"""The publisher worker: exactly the events of the records, whatever fails on the way."""

import io
import json
from collections.abc import Iterator
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from botocore import endpoint
from botocore.exceptions import BotoCoreError, ClientError

from payments import publish_event
from paysandbox.aws import runtime, telemetry
from paysandbox.aws.events.publishing import NotPublishedError
from paysandbox.funds.journal_table import read_sums
from paysandbox.funds.tables import funds
from paysandbox.payments.events.event import events_of
from paysandbox.payments.events.rendering import render_event
from paysandbox.payments.payment import Payment
from tests.support.builders import build, disputes
from tests.support.builders.stripe_payments import TAKEN, settled
from tests.support.fakes import stream
from tests.support.worlds import aws_transport as on_the_wire, tables
from tests.support.worlds.aws_transport import Fault, Sent, Wire, refused_with
from tests.support.worlds.public_topic import Aws

APPROVED = build.authorized(10_00, request_id="request-of-life")
CAPTURED = build.lived(10_00, captures=[4_00])
REFUNDED = build.lived(10_00, captures=[4_00], refunds=[(1, 1_00)])
AUTOMATIC = build.authorized(10_00, automatic=True, merchant=build.OTHER_MERCHANT)
LIFE = [stream.record(None, APPROVED), stream.record(APPROVED, CAPTURED), stream.record(CAPTURED, REFUNDED)]
POISON = stream.of_images({"NewImage": {"version": {"N": "1"}, "operations": {"S": "4242424242424242"}}}, place=7)


@pytest.fixture
def aws() -> Iterator[Aws]:
    """Empty queues."""
    with tables.sandbox():
        yield Aws()


@pytest.fixture
def wire(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """The wire between the worker and SNS, without a delay between retries."""
    wire = Wire()
    wire.attach(runtime.sns())
    monkeypatch.setattr(endpoint, "time", SimpleNamespace(sleep=wire.delays_s.append))
    yield wire
    wire.detach()


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """The worker's log output."""
    printed = io.StringIO()
    monkeypatch.setattr(telemetry._logger().registered_handler, "stream", printed)
    return printed


def test_what_payments_moved_is_entered_once_with_the_fee_of_their_settlement(aws: Aws) -> None:
    records = [stream.record(None, TAKEN), stream.record(TAKEN, settled(TAKEN), place=2)]
    for _ in range(2):
        assert publish_event.handler({"Records": records}, None) == {"batchItemFailures": []}
        assert read_sums(funds(), build.MERCHANT)["USD"].entered == 9_93
    # `paysandbox events rebuild` has it enter what is missing.
    rebuilt = [stream.record(None, CAPTURED), *records]
    assert publish_event.handler({"Records": rebuilt, "enter": True}, None) == {"entered": [1]}


def test_chargebacks_and_lost_disputes_are_counted(
    wire: Wire, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a namespace there is no metric, and the events are published all the same."""
    lives = [disputes.CAPTURED, disputes.NEEDS_RESPONSE, disputes.ACCEPTED]
    inquiry = [disputes.CAPTURED, disputes.INQUIRED, disputes.ESCALATED]
    records = [stream.record(*step) for life in (lives, inquiry) for step in pairwise(life)]
    monkeypatch.delenv("POWERTOOLS_METRICS_NAMESPACE", raising=False)
    assert work(*records) == {"batchItemFailures": []}
    assert "DisputesOpened" not in log.getvalue()

    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "paysandbox/test")
    work(*records)
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    counted = [
        (line.get("DisputesOpened"), line.get("DisputesLost")) for line in lines if line["message"] == "disputes"
    ]
    assert counted == [([2.0], None), (None, [1.0])]


def work(*records: Any) -> Any:
    return publish_event.handler({"Records": [*records]}, None)


def events_for(before: Payment | None, after: Payment) -> list[str]:
    return [render_event(event) for event in events_of(before, after)]


def test_every_operation_is_published_once_and_in_order(aws: Aws) -> None:
    assert work(*LIFE) == {"batchItemFailures": []}
    assert aws.bodies() == events_for(None, REFUNDED)
    assert aws.parked() == []


def test_one_record_may_have_two_events(aws: Aws) -> None:
    work(stream.record(None, AUTOMATIC))
    assert [json.loads(body)["type"] for body in aws.bodies()] == ["payment_authorized", "payment_captured"]


def test_subscribers_can_filter_by_merchant_and_type(aws: Aws) -> None:
    work(LIFE[0], stream.record(None, AUTOMATIC))
    attributes = [
        {name: one["StringValue"] for name, one in message["MessageAttributes"].items()} for message in aws.received()
    ]
    assert attributes == [
        {"merchant": "demo", "type": "payment_authorized"},
        {"merchant": "globex", "type": "payment_authorized"},
        {"merchant": "globex", "type": "payment_captured"},
    ]


def test_more_than_one_sns_batch(aws: Aws, wire: Wire) -> None:
    with wire.record() as sent:
        work(*[stream.record(None, AUTOMATIC)] * 21)
    assert len(aws.received()) == 42
    assert [one.operation for one in sent] == ["PublishBatch"] * 5


def test_writes_without_operations_are_not_published(aws: Aws, wire: Wire) -> None:
    with wire.record() as sent:
        work(stream.record(CAPTURED, CAPTURED), stream.record(CAPTURED, None))
        work()
    assert sent == []


def test_a_repeated_batch_has_the_same_bytes(aws: Aws) -> None:
    """At-least-once delivery: a receiver that stores the ids can detect duplicates."""
    work(*LIFE)
    first = aws.bodies()
    work(*LIFE)
    assert aws.bodies() == first


# --- unreadable records -----------------------------------------------------------------------------------------------


def test_unreadable_records_go_to_the_dead_letter_queue_without_blocking(aws: Aws, log: io.StringIO) -> None:
    assert work(LIFE[0], POISON, LIFE[1]) == {"batchItemFailures": []}
    assert aws.bodies() == events_for(None, CAPTURED)
    place = {
        "stream": stream.STREAM,
        "event_id": f"{7:032}",
        "event_name": "INSERT",
        "sequence_number": f"{7:021}",
        "transaction_id": build.PAYMENT_ID,
    }
    assert aws.parked() == [place | {"reason": "KeyError"}]
    (line,) = [json.loads(text) for text in log.getvalue().splitlines()]
    assert (line["level"], line["message"], line["error"]) == ("ERROR", "sent to dead-letter queue", "KeyError")
    assert place.items() <= line.items()


def test_what_cannot_be_parsed_stops_no_entry(aws: Aws) -> None:
    work(*[POISON] * 3, LIFE[0])
    assert (len(aws.parked()), aws.bodies()) == (3, events_for(None, APPROVED))
    work(*[POISON] * 3, *LIFE[1:])
    assert len(aws.parked()) == 3
    assert read_sums(funds(), build.MERCHANT)["USD"].entered == 4_00 - 42 - 1_00


def test_what_cannot_be_entered_is_published_and_parked(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paysandbox.balance.journal.has_early_funds", lambda _: 1 / 0)
    assert work(*LIFE[:2]) == {"batchItemFailures": []}
    assert aws.bodies() == events_for(None, CAPTURED)
    assert [(one["sequence_number"], one["reason"]) for one in aws.parked()] == [(f"{1:021}", "ZeroDivisionError")]


def test_dead_letters_and_logs_have_only_the_records_position(aws: Aws, log: io.StringIO) -> None:
    """Whatever it contains: the worker cannot know the contents of an unreadable record."""
    work(POISON)
    assert "4242424242424242" not in json.dumps(aws.parked()) + log.getvalue()


@pytest.mark.parametrize(
    "record", [7, None, [], {}, {"dynamodb": []}, {"eventID": 7, "dynamodb": {"Keys": "x", "NewImage": 7}}]
)
def test_any_unreadable_record_goes_to_the_dead_letter_queue(record: Any, aws: Aws, log: io.StringIO) -> None:
    work(record, LIFE[0])
    assert [set(one) for one in aws.parked()] == [{"reason"}]
    assert aws.bodies() == events_for(None, APPROVED)


# --- failures ---------------------------------------------------------------------------------------------------------


@pytest.mark.full
@pytest.mark.parametrize(
    "fault",
    [
        refused_with(400, "Throttling"),
        refused_with(500, "InternalError"),
        refused_with(503, "ServiceUnavailable"),
        on_the_wire.never_left,
        on_the_wire.answer_lost,
        refused_with(403, "AuthorizationError"),
        refused_with(404, "NotFound"),
    ],
    ids=["throttled", "500", "503", "never left", "answer lost", "not allowed", "no topic"],
)
def test_sns_errors_are_raised_for_a_retry(fault: Fault, aws: Aws, wire: Wire) -> None:
    """The local engine would take a partial answer for success, and no record is parked that may still succeed."""
    with wire.broken(fault, when=lambda _: True), pytest.raises((ClientError, BotoCoreError)):
        work(POISON, *LIFE)
    assert aws.parked() == []
    aws.received()
    work(*LIFE)
    assert aws.bodies() == events_for(None, REFUNDED)


def test_transient_errors_are_retried(aws: Aws, wire: Wire) -> None:
    def first(sent: Sent) -> bool:
        return sent.attempt == 0

    with wire.broken(refused_with(503, "ServiceUnavailable"), when=first) as sent:
        work(*LIFE)
    assert [one.attempt for one in sent] == [0, 1]
    assert aws.bodies() == events_for(None, REFUNDED)


def failing(*, sender_fault: bool) -> Fault:
    """SNS accepts all entries of a batch but the second."""

    def answer(request: Any, deliver: Any) -> Any:
        answered = deliver()
        failed = (
            "<Failed><member><Id>1</Id><Code>InvalidParameter</Code>"
            f"<SenderFault>{str(sender_fault).lower()}</SenderFault></member></Failed>"
        )
        whole = answered.content.decode().replace("<Failed></Failed>", "").replace("<Failed/>", "")
        text = whole.replace("</PublishBatchResult>", f"{failed}</PublishBatchResult>")
        return on_the_wire.answered_in_xml(request, text)

    return answer


def test_permanently_rejected_events_go_to_the_dead_letter_queue(aws: Aws, wire: Wire, log: io.StringIO) -> None:
    with wire.broken(failing(sender_fault=True), when=lambda _: True):
        work(*LIFE)
    assert [one["reason"] for one in aws.parked()] == ["InvalidParameter"]


def test_partially_accepted_batches_are_retried(aws: Aws, wire: Wire) -> None:
    with wire.broken(failing(sender_fault=False), when=lambda _: True), pytest.raises(NotPublishedError):
        work(*LIFE)
    assert aws.parked() == []
