"""POST /events/{event_id}/resend: resend an event."""

import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from paysandbox.aws import runtime
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.deliveries.lists import get_deliveries
from paysandbox.webhooks.delivery import MAX_RESENDS, Delivery, DeliveryStatus
from paysandbox.webhooks.endpoint import Endpoint
from paysandbox.webhooks.events.event_store import StoredEvent
from paysandbox.webhooks.routes import GET_DELIVERY, REPLAY_ENDPOINT, RESEND_EVENT
from tests.support.builders import build
from tests.support.clients.call import Reply, send
from tests.support.worlds import webhook_records
from tests.support.worlds.aws_transport import Killed, Wire, answer_lost, killed_after
from tests.support.worlds.handlers import Clock

ONE, TWO = webhook_records.endpoint(1), webhook_records.endpoint(2, events=("payment_authorized",))


def resent(event_id: str, key: str = "key-1", merchant: str = build.MERCHANT, **body: Any) -> Reply:
    return send(RESEND_EVENT, path={"event_id": event_id}, body=body, key=key, api_key=build.api_key(merchant))


def held(delivery_id: str) -> Delivery:
    return get_deliveries(webhook_tables.deliveries(), [delivery_id])[delivery_id]


def message(delivery: Delivery) -> dict[str, Any]:
    return {
        "delivery_id": delivery.id,
        "event_id": delivery.event_id,
        "merchant": delivery.merchant,
        "endpoint_id": delivery.endpoint_id,
        "tries": 0,
    }


@pytest.fixture
def event() -> StoredEvent:
    webhook_records.put(ONE, TWO)
    return webhook_records.happened(1)


Made = Callable[[StoredEvent], Delivery]

BEFORE: dict[str, Made] = {
    "delivered": lambda event: webhook_records.failed(event, ONE, status=DeliveryStatus.DELIVERED),
    "failed": lambda event: webhook_records.failed(event, ONE),
    "canceled": lambda event: webhook_records.deliver(event, ONE, status=DeliveryStatus.CANCELED),
    "of an earlier generation": lambda event: webhook_records.deliver(event, ONE, generation=0),
    "waiting for its next try": lambda event: webhook_records.failed(
        event, ONE, status=DeliveryStatus.PENDING, due_at=build.MONDAY + build.DAY
    ),
}


@pytest.mark.full
@pytest.mark.parametrize("before", BEFORE.values(), ids=BEFORE)
def test_a_resent_delivery_keeps_its_attempts(before: Made, event: StoredEvent) -> None:
    old = before(event)
    reply = resent(event.id, endpoint_id=ONE.id)
    assert reply.json == {
        "event_id": event.id,
        "deliveries": [{"delivery_id": old.id, "endpoint_id": ONE.id, "status": "pending"}],
    }
    new = held(old.id)
    assert (new.status_for(ONE), new.tries, new.attempts) == (DeliveryStatus.PENDING, 0, old.attempts)
    assert len(new.resends) == 1
    assert new.due_at is not None
    assert runtime.now() < new.due_at < runtime.now() + build.HOUR
    assert webhook_records.queued() == {"deliveries": [message(new)], "suspects": []}
    assert send(GET_DELIVERY, path={"delivery_id": old.id}).json["resends"] == 1


def test_a_missing_delivery_is_created(event: StoredEvent) -> None:
    (made,) = resent(event.id, endpoint_id=ONE.id).json["deliveries"]
    delivery = held(made["delivery_id"])
    assert (delivery.endpoint_id, delivery.event_type, delivery.generation) == (ONE.id, event.type, ONE.generation)
    assert (delivery.event_at, delivery.attempts, len(delivery.resends)) == (event.at, (), 1)
    assert webhook_records.queued()["deliveries"] == [message(delivery)]


CHOSEN: list[tuple[list[Endpoint], list[int]]] = [
    ([ONE, TWO], [1, 2]),
    ([ONE, webhook_records.endpoint(2, disabled=webhook_records.GONE)], [1]),
    ([ONE, webhook_records.endpoint(2, events=("payment_captured",))], [1]),
    ([webhook_records.endpoint(1, since=build.MONDAY + 7 * build.HOUR)], [1]),  # created after the event
    ([webhook_records.endpoint(1, disabled=webhook_records.GONE)], []),
    ([], []),
]


@pytest.mark.parametrize("endpoints, numbers", CHOSEN)
def test_an_event_is_resent_to_all_subscribers(endpoints: list[Endpoint], numbers: list[int], clock: Clock) -> None:
    clock.advance(30 * build.DAY)  # after these Mondays, whatever the wall clock says
    webhook_records.put(*endpoints)
    event = webhook_records.happened(1)
    told = {one["endpoint_id"] for one in resent(event.id).json["deliveries"]}
    assert told == {webhook_records.endpoint_id(number) for number in numbers}
    assert {one["endpoint_id"] for one in webhook_records.queued()["deliveries"]} == told


def test_an_endpoint_that_is_named_need_not_listen_to_the_type(event: StoredEvent) -> None:
    deaf = webhook_records.endpoint(3, events=("payment_captured",))
    webhook_records.put(ONE, deaf)
    assert len(resent(event.id, endpoint_id=deaf.id).json["deliveries"]) == 1


def test_a_ping_is_sent_to_its_own_endpoint_only() -> None:
    assert not ONE.subscribes_to("endpoint_ping")
    assert not webhook_records.endpoint(1, events=("endpoint_ping",)).subscribes_to("endpoint_ping")


def test_an_unhealthy_endpoint_uses_the_other_queue(event: StoredEvent) -> None:
    webhook_records.put(webhook_records.endpoint(1, unhealthy_since=runtime.now()))
    resent(event.id)
    assert [len(messages) for messages in webhook_records.queued().values()] == [0, 1]


# --- once -------------------------------------------------------------------------------------------------------------


def test_under_the_same_key_it_is_opened_once(event: StoredEvent) -> None:
    old = webhook_records.failed(event, ONE)
    first = resent(event.id, endpoint_id=ONE.id)
    _arrive(old.id)
    webhook_records.queued()
    again = resent(event.id, endpoint_id=ONE.id)
    assert (again.text, again.replayed, first.replayed) == (first.text, True, False)
    assert held(old.id).status is DeliveryStatus.DELIVERED
    assert webhook_records.queued() == {"deliveries": [], "suspects": []}


def _arrive(delivery_id: str) -> None:
    store = webhook_tables.deliveries()
    store.client.update_item(
        TableName=store.table,
        Key={"delivery_id": {"S": delivery_id}},
        UpdateExpression="SET #0 = :0, tries = :1 REMOVE due_at",
        ExpressionAttributeNames={"#0": "status"},
        ExpressionAttributeValues={":0": {"S": "delivered"}, ":1": {"N": "1"}},
    )


def test_another_key_opens_it_again(event: StoredEvent) -> None:
    old = webhook_records.failed(event, ONE)
    for key in ("one", "two"):
        resent(event.id, key, endpoint_id=ONE.id)
        _arrive(old.id)
    assert len(held(old.id).resends) == 2


def test_a_key_stands_for_one_event_and_one_body(event: StoredEvent) -> None:
    resent(event.id)
    for reply in (resent(webhook_records.happened(2).id), resent(event.id, endpoint_id=ONE.id)):
        assert (reply.status, reply.code) == (422, "idempotency_key_reused")


def test_two_at_once_under_one_key_open_it_once(event: StoredEvent, wire: Wire) -> None:
    old = webhook_records.failed(event, ONE)
    with wire.meeting(2, "UpdateItem"), ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda _: resent(event.id, endpoint_id=ONE.id), range(2)))
    assert [reply.status for reply in replies] == [200, 200]
    assert replies[0].text == replies[1].text
    assert len(held(old.id).resends) == 1


def test_two_at_once_make_it_once(event: StoredEvent, wire: Wire) -> None:
    """With two keys: one request creates it, the other reopens the one it finds."""
    with wire.meeting(2, "UpdateItem"), ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda key: resent(event.id, key, endpoint_id=ONE.id), ("one", "two")))
    assert [reply.status for reply in replies] == [200, 200]
    assert len(held(replies[0].json["deliveries"][0]["delivery_id"]).resends) == 2


@pytest.mark.full
@pytest.mark.parametrize("operation", ["PutItem", "UpdateItem", "SendMessageBatch"])
@pytest.mark.parametrize("fault", [killed_after, answer_lost], ids=["killed", "answers lost"])
def test_a_retry_after_an_interruption_has_one_effect(
    operation: str, fault: Any, event: StoredEvent, wire: Wire
) -> None:
    old = webhook_records.failed(event, ONE)
    with wire.broken(fault, when=lambda sent: sent.operation == operation), contextlib.suppress(Killed):
        assert resent(event.id, endpoint_id=ONE.id).status == 503
    assert resent(event.id, endpoint_id=ONE.id).status == 200
    assert len(held(old.id).resends) == 1
    assert message(held(old.id)) in webhook_records.queued()["deliveries"]


def test_a_delivery_that_was_not_queued_is_left_to_the_sweep(event: StoredEvent, wire: Wire) -> None:
    """Even without a retry of the request."""
    old = webhook_records.failed(event, ONE)
    with wire.broken(answer_lost, when=lambda sent: sent.operation == "SendMessageBatch"):
        assert resent(event.id, endpoint_id=ONE.id).code == "service_unavailable"
    due_at = held(old.id).due_at
    assert due_at is not None
    assert due_at < runtime.now() + build.HOUR


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_one_that_is_disabled(event: StoredEvent) -> None:
    webhook_records.put(webhook_records.endpoint(1, disabled=webhook_records.GONE))
    reply = resent(event.id, endpoint_id=ONE.id)
    assert (reply.status, reply.code) == (409, "endpoint_disabled")
    assert (reply.json["current_status"], reply.json["disabled_reason"]) == ("disabled", "gone")
    assert webhook_records.queued() == {"deliveries": [], "suspects": []}


def test_the_number_of_repetitions_is_limited(event: StoredEvent) -> None:
    names = frozenset(f"wrs_{number}" for number in range(MAX_RESENDS - 1))
    full = webhook_records.failed(event, ONE, resends=names)
    assert resent(event.id, "one", endpoint_id=ONE.id).status == 200
    reply = resent(event.id, "two", endpoint_id=ONE.id)
    assert (reply.status, reply.code, reply.json["delivery_id"]) == (409, "too_many_resends", full.id)
    assert resent(event.id, "one", endpoint_id=ONE.id).status == 200
    # To all endpoints: those below the limit get it.
    assert [one["endpoint_id"] for one in resent(event.id, "three").json["deliveries"]] == [TWO.id]
    webhook_records.put(ONE)
    assert resent(event.id, "four").code == "too_many_resends"


def test_the_id_of_one_of_stripes_events_names_ours(event: StoredEvent) -> None:
    reply = resent(f"{event.id}d", endpoint_id=ONE.id).json
    assert (reply["event_id"], [one["endpoint_id"] for one in reply["deliveries"]]) == (event.id, [ONE.id])


@pytest.mark.parametrize("event_id", ["", "evt_1", "evt_" + "z" * 26])
def test_an_unknown_event(event_id: str) -> None:
    webhook_records.put(ONE)
    assert resent(event_id).code == "resource_not_found"


def test_events_and_endpoints_of_other_merchants_are_not_found(event: StoredEvent) -> None:
    globex = build.OTHER_MERCHANT
    webhook_records.put(webhook_records.endpoint(1, merchant=globex))
    theirs = webhook_records.happened(2, merchant=globex)
    assert resent(theirs.id).code == "resource_not_found"
    assert resent(event.id, "another", endpoint_id=webhook_records.endpoint_id(1, globex)).code == "resource_not_found"
    assert webhook_records.queued() == {"deliveries": [], "suspects": []}


@pytest.mark.parametrize(
    "route, path", [(RESEND_EVENT, {"event_id": "evt_" + "z" * 26}), (REPLAY_ENDPOINT, {"endpoint_id": ONE.id})]
)
def test_a_malformed_body(route: Any, path: dict[str, str]) -> None:
    reply = send(route, path=path, body={"since": "2026-11-16T09:30:00Z", "endpoint_id": "we_1"})
    assert reply.code in {"parameter_invalid", "parameter_unknown"}
