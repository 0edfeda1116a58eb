"""POST /webhooks/endpoints/{endpoint_id}/replay: replay past events to an endpoint."""

import contextlib
from datetime import timedelta
from typing import Any

import pytest

from paysandbox.aws import runtime
from paysandbox.core.timestamps import format_timestamp
from paysandbox.webhooks.deliveries import resend_events
from paysandbox.webhooks.delivery import MAX_RESENDS, DeliveryStatus
from paysandbox.webhooks.events.event_store import StoredEvent
from paysandbox.webhooks.routes import REPLAY_ENDPOINT
from tests.support.builders import build
from tests.support.clients.call import Reply, send
from tests.support.worlds import webhook_records
from tests.support.worlds.aws_transport import Killed, Wire, answer_lost, killed_after
from tests.support.worlds.handlers import Clock

TO = webhook_records.endpoint(1)
START = "2026-11-16T09:00:00Z"


@pytest.fixture(autouse=True)
def endpoints(clock: Clock) -> None:
    """Set the clock to a time after these Mondays."""
    clock.advance(30 * build.DAY)
    webhook_records.put(TO, webhook_records.endpoint(2))


def replayed(key: str = "key-1", to: str = TO.id, merchant: str = build.MERCHANT, **body: Any) -> Reply:
    return send(
        REPLAY_ENDPOINT,
        path={"endpoint_id": to},
        body={"since": START} | body,
        key=key,
        api_key=build.api_key(merchant),
    )


def queued() -> list[str]:
    """Return the events queued since the last call."""
    return [one["event_id"] for messages in webhook_records.queued().values() for one in messages]


def happened(*numbers: int) -> list[StoredEvent]:
    return [webhook_records.happened(number) for number in numbers]


def test_nothing_happened() -> None:
    assert replayed().json == {"endpoint_id": TO.id, "planned": 0, "left_out": 0, "next_since": None}


def test_replayed_events_are_sent_oldest_first_after_new_ones() -> None:
    events = happened(1, 2, 3)
    webhook_records.failed(events[1], TO, status=DeliveryStatus.DELIVERED)
    assert replayed().json["planned"] == 3
    messages = webhook_records.queued()
    assert [one["event_id"] for one in messages["suspects"]] == [event.id for event in events]
    assert {one["endpoint_id"] for one in messages["suspects"]} == {TO.id}
    assert messages["deliveries"] == []


@pytest.mark.parametrize("second, numbers", [(0, [1, 2, 3]), (2, [2, 3]), (3, [3]), (4, [])])
def test_since_is_included(second: int, numbers: list[int]) -> None:
    events = happened(1, 2, 3)
    replayed(since=format_timestamp(build.MONDAY + timedelta(seconds=second)))
    assert queued() == [events[number - 1].id for number in numbers]


def test_only_subscribed_events_of_the_merchant_are_replayed() -> None:
    webhook_records.put(webhook_records.endpoint(1, events=("payment_captured",)))
    captured = webhook_records.keep(build.lived(10_00, captures=[4_00], now=build.MONDAY))[1]
    webhook_records.happened(1, merchant=build.OTHER_MERCHANT)
    assert replayed().json["planned"] == 1
    assert queued() == [captured.id]


# --- failed only ------------------------------------------------------------------------------------------------------


def test_only_failed_deliveries_without_further_attempts() -> None:
    delivered, waiting, failed, canceled, earlier, missed = happened(1, 2, 3, 4, 5, 6)
    webhook_records.failed(delivered, TO, status=DeliveryStatus.DELIVERED)
    webhook_records.failed(waiting, TO, status=DeliveryStatus.PENDING, due_at=build.MONDAY + build.DAY)
    webhook_records.failed(failed, TO)
    webhook_records.deliver(canceled, TO, status=DeliveryStatus.CANCELED)
    webhook_records.deliver(earlier, TO, generation=0)
    assert replayed(only_failed=True).json["planned"] == 4
    assert queued() == [event.id for event in (failed, canceled, earlier, missed)]


def test_deliveries_without_a_first_attempt_are_included() -> None:
    """Its message may be lost. If it only waits, the attempt is made for one of the two messages."""
    event = webhook_records.happened(1, planned=[TO])
    assert replayed(only_failed=True).json["planned"] == 1
    assert queued() == [event.id]


def test_events_before_the_endpoint_was_created_are_left_out() -> None:
    webhook_records.put(
        webhook_records.endpoint(1, since=build.MONDAY + timedelta(seconds=2), listens_since=build.MONDAY + build.HOUR)
    )
    events = happened(1, 2, 3)
    assert replayed("one", only_failed=True).json["planned"] == 2
    assert queued() == [event.id for event in events[1:]]
    assert replayed("two").json["planned"] == 3


# --- limits -----------------------------------------------------------------------------------------------------------


def test_call_by_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resend_events, "MAX_REPLAYED", 2)
    events = happened(1, 2, 3, 4, 5)
    counts: list[int] = []
    since: str | None = START
    while since is not None:
        told = replayed(f"call-{len(counts)}", since=since).json
        counts.append(told["planned"])
        since = told["next_since"]
    assert counts == [2, 2, 1]
    assert queued() == [event.id for event in events]


def test_events_of_the_same_time_are_replayed_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """An automatic capture has its authorization's timestamp; a limit between them would send one of them twice."""
    monkeypatch.setattr(resend_events, "MAX_REPLAYED", 2)
    first = webhook_records.happened(1)
    both = webhook_records.keep(build.authorized(automatic=True, now=build.MONDAY + timedelta(seconds=2)))
    told = replayed("one").json
    assert (told["planned"], told["next_since"]) == (1, "2026-11-16T09:30:02.000000Z")
    assert queued() == [first.id]
    assert replayed("two", since=told["next_since"]).json["next_since"] is None
    assert set(queued()) == {event.id for event in both}


@pytest.mark.full
def test_200_events_are_looked_at() -> None:
    happened(*range(201))
    told = replayed().json
    assert (told["planned"], told["next_since"]) == (200, "2026-11-16T09:33:20.000000Z")
    assert len(queued()) == 200


# --- once -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("only_failed", [False, True])
def test_under_the_same_key_nothing_is_planned_twice(only_failed: bool, clock: Clock) -> None:
    for event in happened(1, 2):
        webhook_records.failed(event, TO)
    first = replayed(only_failed=only_failed)
    clock.advance(build.HOUR)
    webhook_records.happened(9, at=runtime.now())  # after the key was bound: delivered as usual, not by the replay
    again = replayed(only_failed=only_failed)
    assert (again.text, again.replayed, first.json["planned"]) == (first.text, True, 2)


@pytest.mark.full
@pytest.mark.parametrize("operation", ["PutItem", "UpdateItem", "SendMessageBatch", "BatchGetItem"])
@pytest.mark.parametrize("fault", [killed_after, answer_lost], ids=["killed", "answers lost"])
def test_a_retry_completes_an_interrupted_replay(operation: str, fault: Any, wire: Wire) -> None:
    events = happened(1, 2, 3)
    webhook_records.failed(events[0], TO)
    webhook_records.failed(events[1], TO)
    hit: list[int] = []

    def second(sent: Any) -> bool:
        hit.extend([1] * (sent.operation == operation))
        return sent.operation == operation and len(hit) >= (2 if operation in {"PutItem", "UpdateItem"} else 1)

    with wire.broken(fault, when=second), contextlib.suppress(Killed):
        assert replayed(only_failed=True).status in {200, 503}
    done = replayed(only_failed=True)
    assert (done.status, done.json["planned"]) == (200, 3)
    assert {event.id for event in events} <= set(queued())
    assert replayed(only_failed=True).text == done.text


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_deliveries_that_were_resent_too_often_are_left_out() -> None:
    full, other = happened(1, 2)
    webhook_records.failed(full, TO, resends=frozenset(f"wrs_{number}" for number in range(MAX_RESENDS)))
    told = replayed().json
    assert (told["planned"], told["left_out"]) == (1, 1)
    assert queued() == [other.id]


def test_one_that_is_disabled() -> None:
    webhook_records.put(webhook_records.endpoint(1, disabled=webhook_records.GONE))
    happened(1)
    reply = replayed()
    assert (reply.status, reply.code, reply.json["disabled_reason"]) == (409, "endpoint_disabled", "gone")
    assert queued() == []


@pytest.mark.parametrize("to", ["", "we_1", "we_" + "z" * 26, webhook_records.endpoint_id(9)])
def test_an_unknown_id_is_not_found(to: str) -> None:
    reply = replayed(to=to)
    assert (reply.status, reply.code) == (404, "resource_not_found")


def test_another_merchants_object_is_not_found() -> None:
    happened(1)
    assert replayed(merchant=build.OTHER_MERCHANT).code == "resource_not_found"
    assert queued() == []


@pytest.mark.parametrize(
    "body, code, param",
    [
        ({"since": "yesterday"}, "parameter_invalid", "since"),
        ({"since": 7}, "parameter_invalid", "since"),
        ({"only_failed": "true"}, "parameter_invalid", "only_failed"),
        ({"types": ["payment_captured"]}, "parameter_unknown", "types"),
    ],
)
def test_a_malformed_body(body: dict[str, Any], code: str, param: str) -> None:
    reply = replayed(**body)
    assert (reply.status, reply.code, reply.json["param"]) == (400, code, param)


def test_a_future_time() -> None:
    happened(1)
    assert replayed(since="2099-01-01T00:00:00Z").json["planned"] == 0
