"""Every function that reads a stream, with records that it cannot process: the same rule for all of them."""

import io
import json
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from disbursements import publish_disbursement_events, send_disbursements
from donations import publish_donation_events
from payments import publish_event, store_timers
from paysandbox.aws import runtime, telemetry
from paysandbox.aws.records import UnreadableRecordError
from paysandbox.payments.payment import Timer
from paysandbox.payments.timers import timers
from paysandbox.payments.timers.timer import timers_of
from stripe_api import publish_object_events
from tests.disbursements.disbursement_scenario import record_of
from tests.support.builders import build, disbursements, donations
from tests.support.builders.timed_payments import pending
from tests.support.fakes import stream
from tests.support.worlds import table_snapshot, tables
from tests.support.worlds.public_topic import Aws

Json = dict[str, Any]
SECRET: Final = "4242424242424242"

CONTEXT: Final = SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000)
NOT_A_PAYMENT: Final = {"version": {"N": "1"}, "operations": {"S": SECRET}}
NOT_AN_OBJECT: Final = {"object": {"S": "payout"}, "attributes": {"S": SECRET}}
NOT_A_DONATION: Final = {"SK": {"S": f"DONATION#{donations.DONATION_ID}"}, "email": {"S": SECRET}}


def _without_amount() -> Json:
    record = record_of(None, disbursements.accepted())
    del record["dynamodb"]["NewImage"]["amount"]
    return record


READERS: Final[Mapping[str, tuple[Callable[[Json, Any], Any], Json]]] = {
    "publish_event": (publish_event.handler, stream.of_images({"NewImage": NOT_A_PAYMENT})),
    "store_timers": (store_timers.handler, stream.of_images({"NewImage": NOT_A_PAYMENT})),
    "publish_object_events": (publish_object_events.handler, stream.of_images({"NewImage": NOT_AN_OBJECT})),
    "publish_donation_events": (publish_donation_events.handler, donations.of_images({"NewImage": NOT_A_DONATION})),
    "publish_disbursement_events": (publish_disbursement_events.handler, _without_amount()),
    "send_disbursements": (send_disbursements.handler, _without_amount()),
}
"""The handlers, and a record that each of them cannot process. `tests/infra/workers/test_events.py` compares them with
the templates."""

LOGGED: Final = {"store_timers"}
"""Leaves what it cannot parse to `publish_event`, which parks it."""


@pytest.fixture
def aws() -> Iterator[Aws]:
    """Empty queues."""
    with tables.sandbox():
        yield Aws()


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Return the function's log output."""
    printed = io.StringIO()
    monkeypatch.setattr(telemetry._logger().registered_handler, "stream", printed)
    return printed


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("count", [1, 2])
def test_records_that_fail_are_parked(reader: str, count: int, aws: Aws, log: io.StringIO) -> None:
    handler, record = READERS[reader]
    assert handler({"Records": [record] * count}, CONTEXT) == {"batchItemFailures": []}
    parked = aws.parked()
    assert [one["reason"] for one in parked] == ["KeyError"] * (0 if reader in LOGGED else count)
    assert log.getvalue().count('"error":"KeyError"') == count
    assert SECRET not in json.dumps(parked) + log.getvalue()


@pytest.mark.parametrize("reader", READERS)
def test_a_batch_that_fails_as_a_whole_is_retried(reader: str, aws: Aws, log: io.StringIO) -> None:
    """With a fixed release. Nothing is parked, and nothing is logged that was done."""
    handler, record = READERS[reader]
    with pytest.raises(UnreadableRecordError, match="KeyError"):
        handler({"Records": [record] * 3}, CONTEXT)
    assert (aws.parked(), log.getvalue()) == ([], "")


@pytest.mark.parametrize("reader", sorted(READERS.keys() - LOGGED))
def test_a_batch_whose_failures_cannot_be_parked_is_retried(reader: str, aws: Aws) -> None:
    handler, record = READERS[reader]
    runtime.sqs().delete_queue(QueueUrl=aws.parking)
    with pytest.raises(ClientError):
        handler({"Records": [record]}, CONTEXT)


def test_timers_that_cannot_be_stored_are_parked(aws: Aws, log: io.StringIO) -> None:
    """Their payment can be parsed, so `publish_event` does not notice. The timers of the others are stored."""
    timer = Timer(step="approve", at=build.MONDAY)
    good, bad = (pending(number, timer, now=build.MONDAY) for number in (1, 2))
    broken = json.loads(json.dumps(stream.record(None, bad, place=2)).replace("09:30:00.000000Z", "09:30:00.000000"))
    assert store_timers.handler({"Records": [broken, stream.record(None, good)]}, CONTEXT) == {"batchItemFailures": []}
    assert [(one["sequence_number"], one["reason"]) for one in aws.parked()] == [(f"{2:021}", "TypeError")]
    stored = table_snapshot.items_of(tables.TIMED)
    assert [timers.timer_from(item) for item in stored if item["transaction_id"]["S"] == good.id] == [*timers_of(good)]
