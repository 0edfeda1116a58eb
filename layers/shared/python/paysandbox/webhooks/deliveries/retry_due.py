# pyright: standard
"""Sweep: move deliveries whose next attempt is due from the table to a queue."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Final

from paysandbox.aws import runtime, telemetry
from paysandbox.aws.dynamodb.batch_get_tables import AT_ONCE, batch_get_tables
from paysandbox.aws.dynamodb.due_index import DueIndex, due_page
from paysandbox.aws.index_shards import index_shards
from paysandbox.aws.schema import DELIVERIES_DUE, DELIVERIES_KEY
from paysandbox.core.record import record
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.deliveries.deliveries import DUE, Deliveries, delivery_from, delivery_key
from paysandbox.webhooks.deliveries.queue import queue
from paysandbox.webhooks.deliveries.writes import leave_to_queue
from paysandbox.webhooks.delivery import is_for_sweep

_SHARDS_AT_ONCE: Final = 8


@record
class Swept:
    """How many deliveries were queued, and whether more may be due."""

    queued: int
    more: bool


def sweep(time_left: Callable[[], bool]) -> Swept:
    """Queue the due deliveries, page by page across all shards, while there is time."""
    now = runtime.now()
    deliveries = webhook_tables.deliveries()
    with ThreadPoolExecutor(_SHARDS_AT_ONCE) as pool:
        every = range(index_shards().read)
        shards = list(pool.map(lambda shard: _shard(deliveries, shard, now, time_left), every))
    swept = Swept(sum(result.queued for result in shards), any(result.more for result in shards))
    if swept.queued:
        telemetry.swept("deliveries swept", {"queued": swept.queued, "more": swept.more})
    return swept


def _shard(deliveries: Deliveries, shard: int, now: datetime, time_left: Callable[[], bool]) -> Swept:
    index = DueIndex(
        client=deliveries.client, table=deliveries.table, index=DELIVERIES_DUE, of=DUE, id_attribute=DELIVERIES_KEY
    )
    queued, page = 0, None
    while time_left():
        result = due_page(index, shard, now, limit=AT_ONCE, page=page)
        queued += _queue(result.ids, now)
        if result.next_page is None:
            return Swept(queued, more=False)
        page = result.next_page
    return Swept(queued, more=True)


def _queue(ids: tuple[str, ...], now: datetime) -> int:
    """Queue first, then remove from the index: after a crash in between, a delivery is queued twice, not never."""
    deliveries = webhook_tables.deliveries()
    items = batch_get_tables(deliveries.client, {deliveries.table: [delivery_key(delivery_id) for delivery_id in ids]})[
        deliveries.table
    ]
    due = [delivery for delivery in map(delivery_from, items) if is_for_sweep(delivery, now)]
    queue(due, unhealthy=True)
    for delivery in due:
        leave_to_queue(deliveries, delivery)
    return len(due)
