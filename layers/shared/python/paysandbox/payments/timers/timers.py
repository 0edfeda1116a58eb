"""The `Timers` table: what falls due on payments, and when. A projection that can be rebuilt from the ledger.

An operation stores its timers. A subscriber of the ledger's stream writes an item for each of them, and the sweep
(`due_timers`) removes it after the step was performed or refused. An item never changes: writing it again writes the
same bytes.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from paysandbox.aws.cursor import cursor_of, position_of
from paysandbox.aws.dynamodb.batch_get import items_by_id
from paysandbox.aws.dynamodb.batch_write import delete_request, put_request, write_in_batches
from paysandbox.aws.dynamodb.sharded_index import POSITION, ShardedIndex, oldest
from paysandbox.aws.index_shards import written_shards
from paysandbox.aws.schema import TIMER_SHARDS, TIMERS_BY_MERCHANT, TIMERS_DUE, TIMERS_KEY, shard_key
from paysandbox.core import ids
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.payments.timers.timer import StoredTimer

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]

DUE: Final = "due"
"""Index partition of all timers, without the shard."""


@record
class Timers:
    """A DynamoDB client, and the table's name. Of `shards`, see `written_shards`."""

    client: "DynamoDBClient"
    table: str
    shards: int | None = None


# --- items ------------------------------------------------------------------------------------------------------------


def timer_key(timer_id: str) -> Item:
    """Return the primary key of a timer."""
    return {TIMERS_KEY: {"S": timer_id}}


def timer_item(timer: StoredTimer, shards: int | None = None) -> Item:
    """Build the item of a timer. Of `shards`, see `written_shards`."""
    due_shard = ids.shard_of(timer.payment_id, TIMER_SHARDS)
    merchant_shard = ids.shard_of(timer.payment_id, written_shards(shards))
    at = format_timestamp(timer.at)
    item: Item = {
        **timer_key(timer.id),
        "transaction_id": {"S": timer.payment_id},
        "merchant": {"S": timer.merchant},
        "operation_id": {"S": timer.operation_id},
        "object_id": {"S": timer.object_id},
        "step": {"S": timer.step},
        TIMERS_DUE.partition_key: {"S": shard_key(DUE, due_shard)},
        TIMERS_DUE.sort_key: {"S": at},
        TIMERS_BY_MERCHANT.partition_key: {"S": shard_key(timer.merchant, merchant_shard)},
        # Made unique by the ID, for cursors.
        TIMERS_BY_MERCHANT.sort_key: {"S": f"{at}#{timer.id}"},
    }
    return item | ({"value": {"S": timer.value}} if timer.value is not None else {})


def timer_from(item: Item) -> StoredTimer:
    """Parse a timer from its item."""
    return StoredTimer(
        id=item[TIMERS_KEY]["S"],
        payment_id=item["transaction_id"]["S"],
        merchant=item["merchant"]["S"],
        operation_id=item["operation_id"]["S"],
        object_id=item["object_id"]["S"],
        step=item["step"]["S"],
        at=parse_timestamp(item[TIMERS_DUE.sort_key]["S"]),
        value=item["value"]["S"] if "value" in item else None,
    )


# --- the table --------------------------------------------------------------------------------------------------------


def store_timers(timers: Timers, added: Iterable[StoredTimer]) -> None:
    """Store timers, whether they are stored already or not. Raises Refused(service_unavailable) if some are not stored.

    A stream delivers at least once, so a timer may be stored again after the sweep has removed it. Its step is then
    refused once more, because the payment has the operation, and the item is removed again.
    """
    items = [timer_item(timer, timers.shards) for timer in {timer.id: timer for timer in added}.values()]
    _write(timers, [put_request(item) for item in items])


def remove_timers(timers: Timers, timer_ids: Iterable[str]) -> None:
    """Remove timers, whether they exist or not. Raises Refused(service_unavailable) if some are not removed."""
    _write(timers, [delete_request(timer_key(timer_id)) for timer_id in dict.fromkeys(timer_ids)])


def read_timers(timers: Timers, timer_ids: Iterable[str]) -> list[StoredTimer]:
    """Return those of these timers that exist. Raises Refused(service_unavailable) if DynamoDB does not answer."""
    return [timer_from(item) for item in items_by_id(timers.client, timers.table, TIMERS_KEY, timer_ids).values()]


def waiting(
    timers: Timers, merchant: str, *, limit: int, cursor: str | None = None
) -> tuple[list[StoredTimer], str | None]:
    """Return a page of what waits on a merchant's payments, earliest first, and the cursor of the next page.

    Raises Refused(cursor_invalid) for a cursor of another list or merchant.
    """
    tied_to = ("waiting", merchant)
    source = ShardedIndex(
        client=timers.client,
        table=timers.table,
        id_attribute=TIMERS_KEY,
        index=TIMERS_BY_MERCHANT,
        of=merchant,
        tied_to=tied_to,
        read=timer_from,
        mine=lambda timer: timer.merchant == merchant,
        since=position_of(cursor, tied_to, POSITION) if cursor is not None else None,
    )
    page, following = oldest(source, limit=limit)
    return page, cursor_of(following, tied_to) if following is not None else None


def _write(timers: Timers, requests: Sequence[Any]) -> None:
    write_in_batches(timers.client, timers.table, requests, busy="The timers table is busy. Retry.")
