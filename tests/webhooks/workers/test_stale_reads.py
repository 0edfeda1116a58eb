"""First attempts are read without the newest writes: what such a read lacks is lost by nobody."""

from collections.abc import Callable
from typing import Any

import pytest

from paysandbox.aws import runtime
from paysandbox.aws.dynamodb.batch_get_tables import batch_get_tables
from paysandbox.aws.settings import SamplingSettings
from paysandbox.request_log.log_lines import ATTEMPT_LINE, EVENT_LINE
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.deliveries import deliver_batch
from paysandbox.webhooks.deliveries.writes import reopen
from paysandbox.webhooks.delivery import DeliveryStatus
from tests.support.fakes.receiver import receiver
from tests.support.worlds.webhook_workers import HEALTHY, WebhookWorkers, happened

EVENT = happened()
LINES = (EVENT_LINE, ATTEMPT_LINE)

Stale = Callable[..., None]


@pytest.fixture
def stale(monkeypatch: pytest.MonkeyPatch) -> Stale:
    """Return a function that makes eventually consistent reads of these tables return an earlier state."""

    def make(**earlier: list[dict[str, Any]]) -> None:
        tables = {"events": webhook_tables.event_store().table, "deliveries": webhook_tables.deliveries().table}

        def read(client: Any, keys: Any, **options: Any) -> dict[str, list[dict[str, Any]]]:
            found = batch_get_tables(client, keys, **options)
            late = {tables[name]: items for name, items in earlier.items()}
            return found | {table: late[table] for table in options.get("eventually", ()) if table in late}

        monkeypatch.setattr(deliver_batch, "batch_get_tables", read)

    return make


def stored(workers: WebhookWorkers) -> list[dict[str, Any]]:
    client, table = webhook_tables.deliveries().client, webhook_tables.deliveries().table
    return [{**item} for item in client.scan(TableName=table)["Items"]]


def test_an_event_that_is_not_seen_yet_is_delivered(workers: WebhookWorkers, stale: Stale) -> None:
    with receiver() as shop:
        endpoint = workers.endpoint(1, shop.url)
        workers.plan(EVENT)
        stale(events=[], deliveries=[])
        workers.deliver(*workers.waiting(HEALTHY))
        assert shop.ids() == [EVENT.id]
    assert workers.delivery(EVENT, endpoint).status is DeliveryStatus.DELIVERED


def test_an_attempt_that_is_not_seen_yet_is_recorded_once(workers: WebhookWorkers, stale: Stale) -> None:
    """The message came twice, within milliseconds: the receiver knows the event by its id."""
    with receiver() as shop:
        endpoint = workers.endpoint(1, shop.url)
        workers.plan(EVENT)
        (message,) = workers.waiting(HEALTHY)
        workers.deliver(message)
        stale(deliveries=[])
        assert workers.deliver(message) == {"batchItemFailures": []}
    delivery = workers.delivery(EVENT, endpoint)
    assert (delivery.status, delivery.tries, len(delivery.attempts)) == (DeliveryStatus.DELIVERED, 1, 1)


@pytest.mark.parametrize("sees", ["nothing", "what was delivered before"])
def test_a_delivery_that_was_just_sent_again_is_attempted(sees: str, workers: WebhookWorkers, stale: Stale) -> None:
    with receiver() as shop:
        endpoint = workers.endpoint(1, shop.url)
        workers.plan(EVENT)
        workers.deliver(*workers.waiting(HEALTHY))
        before = stored(workers) if sees != "nothing" else []
        known = workers.delivery(EVENT, endpoint)
        again = reopen(webhook_tables.deliveries(), known.id, endpoint.generation, "resend-1")
        assert again is not None
        stale(deliveries=before)
        workers.deliver(workers.message(again))
        assert shop.ids() == [EVENT.id] * 2
    delivery = workers.delivery(EVENT, endpoint)
    assert (delivery.status, delivery.tries, len(delivery.attempts)) == (DeliveryStatus.DELIVERED, 1, 2)


def test_of_an_endpoint_that_was_enabled_again_the_resend_is_seen(workers: WebhookWorkers, stale: Stale) -> None:
    """The plan has the generation of before, for which a delivery would be canceled."""
    with receiver() as shop:
        endpoint = workers.endpoint(1, shop.url)
        workers.plan(EVENT)
        workers.deliver(*workers.waiting(HEALTHY))
        workers.endpoint(1, shop.url, generation=endpoint.generation + 1)
        again = reopen(
            webhook_tables.deliveries(), workers.delivery(EVENT, endpoint).id, endpoint.generation + 1, "resend-1"
        )
        assert again is not None
        stale(deliveries=[])
        workers.deliver(workers.message(again))
        assert len(shop.received) == 2


@pytest.mark.parametrize("answer, logged", [(200, []), (500, ["delivery attempt"])])
def test_events_and_successes_outside_of_the_sample_are_not_logged(
    answer: int,
    logged: list[str],
    workers: WebhookWorkers,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The feed, which is made from the lines, has the same share."""
    for name, value in SamplingSettings(0).to_env().items():
        monkeypatch.setenv(name, value)
    runtime._settings.cache_clear()
    with receiver([answer]) as shop:
        workers.endpoint(1, shop.url)
        workers.plan(EVENT)
        workers.deliver(*workers.waiting(HEALTHY))
    runtime._settings.cache_clear()
    assert [one for one in caplog.messages if one in LINES] == logged


def test_an_event_of_the_sample_is_logged_with_its_attempt(
    workers: WebhookWorkers, caplog: pytest.LogCaptureFixture
) -> None:
    with receiver() as shop:
        workers.endpoint(1, shop.url)
        workers.plan(EVENT)
        workers.deliver(*workers.waiting(HEALTHY))
    assert [one for one in caplog.messages if one in LINES] == [*LINES]
