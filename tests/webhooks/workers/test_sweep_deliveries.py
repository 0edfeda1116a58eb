"""The sweep worker: due deliveries are queued, once, and others stay."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from paysandbox.aws import runtime
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.deliveries import retry_due
from paysandbox.webhooks.deliveries.deliveries import delivery_of, put_delivery
from paysandbox.webhooks.delivery import Attempt, Delivery, DeliveryStatus
from tests.support.worlds.aws_transport import Wire, refused_with
from tests.support.worlds.shards import LOCAL, LOCAL_BEFORE, spread_over
from tests.support.worlds.webhook_workers import HEALTHY, SUSPECTS, WebhookWorkers, happened
from tests.webhooks.workers.conftest import Clock

URL = "https://example.com/hooks"


def due(workers: WebhookWorkers, count: int = 1, *, ago: timedelta = timedelta(seconds=1)) -> list[Delivery]:
    """Return deliveries whose next attempt was due this long ago."""
    endpoint, at = workers.endpoint(1, URL), runtime.now() - ago
    planned = [delivery_of(happened(number), endpoint) for number in range(count)]
    return [put_delivery(webhook_tables.deliveries(), replace(one, due_at=at, tries=3)) for one in planned]


def test_an_idle_sweep_asks_each_shard_once_and_nothing_else(workers: WebhookWorkers, wire: Wire) -> None:
    with wire.record() as sent:
        assert workers.sweep() == {"queued": 0, "more": False}
    assert [one.operation for one in sent] == ["Query"] * 16


def test_each_shard_that_may_have_one_is_swept(workers: WebhookWorkers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deliveries of before a laptop wrote one shard are in 16."""
    due(workers, 10)
    spread_over(LOCAL_BEFORE, monkeypatch)
    assert workers.sweep() == {"queued": 10, "more": False}


def test_one_shard_is_swept_where_one_is_written(
    workers: WebhookWorkers, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    spread_over(LOCAL, monkeypatch)
    due(workers, 10)
    with wire.record() as sent:
        assert workers.sweep() == {"queued": 10, "more": False}
    assert [one.operation for one in sent].count("Query") == 1


def test_a_due_delivery_is_queued_once_for_unhealthy_endpoints(workers: WebhookWorkers) -> None:
    (delivery,) = due(workers)
    assert workers.sweep() == {"queued": 1, "more": False}
    assert workers.sweep() == {"queued": 0, "more": False}
    (message,) = workers.bodies(SUSPECTS)
    assert (message["delivery_id"], message["tries"]) == (delivery.id, 3)
    assert workers.waiting(HEALTHY) == []
    assert workers.deliveries()[delivery.id] == replace(delivery, due_at=None)


def test_a_delivery_that_is_not_due_is_skipped(workers: WebhookWorkers, clock: Clock) -> None:
    due(workers, ago=-timedelta(hours=1))
    assert workers.sweep()["queued"] == 0
    clock.advance(timedelta(hours=1, seconds=1))
    assert workers.sweep()["queued"] == 1


def test_a_queued_delivery_is_left_to_its_queue_for_a_while(workers: WebhookWorkers, clock: Clock) -> None:
    endpoint, now = workers.endpoint(1, URL), runtime.now()
    tried = Attempt(number=1, at=now, latency_ms=10, request_headers={}, status=500)
    delivery = replace(delivery_of(happened(), endpoint), attempts=(tried,), tries=1, due_at=now + timedelta(seconds=5))
    put_delivery(webhook_tables.deliveries(), delivery)
    clock.advance(timedelta(seconds=10))
    assert workers.sweep()["queued"] == 0
    clock.advance(timedelta(seconds=30))
    assert workers.sweep()["queued"] == 1


@pytest.mark.full
def test_more_than_a_page(workers: WebhookWorkers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry_due, "AT_ONCE", 2)
    due(workers, 100)
    assert workers.sweep() == {"queued": 100, "more": False}
    assert len(workers.waiting(SUSPECTS)) == 100


def test_it_expires_at_its_deadline_and_shows_it(workers: WebhookWorkers) -> None:
    from webhooks import sweep_deliveries

    due(workers)
    in_a_hurry = SimpleNamespace(get_remaining_time_in_millis=lambda: 10_000)
    assert sweep_deliveries.handler({}, in_a_hurry) == {"queued": 0, "more": True}


def test_an_index_that_is_late_queues_nothing(workers: WebhookWorkers) -> None:
    (delivery,) = due(workers)
    store = webhook_tables.deliveries()
    store.client.update_item(
        TableName=store.table,
        Key={"delivery_id": {"S": delivery.id}},
        UpdateExpression="SET #0 = :0",
        ExpressionAttributeNames={"#0": "status"},
        ExpressionAttributeValues={":0": {"S": str(DeliveryStatus.DELIVERED)}},
    )
    assert workers.sweep()["queued"] == 0


def test_one_that_could_not_be_queued_is_due_the_next_time(workers: WebhookWorkers, wire: Wire) -> None:
    due(workers)
    with (
        wire.broken(refused_with(500, "InternalError"), when=lambda sent: sent.operation == "SendMessageBatch"),
        pytest.raises(Exception, match="injected"),
    ):
        workers.sweep()
    assert workers.sweep()["queued"] == 1
