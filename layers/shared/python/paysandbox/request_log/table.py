"""The `RequestLog` table: every request of the last seven days, with its response.

Keyed by request ID, so that writes spread evenly, a line that is delivered twice is stored once, and retrieving a
request takes one read. The list uses an index that is sharded like the ledger's.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from paysandbox.aws.dynamodb.batch_write import put_request, write_in_batches
from paysandbox.aws.dynamodb.sharded_index import ListPage, ShardedIndex, index_page
from paysandbox.aws.index_shards import written_shards
from paysandbox.aws.schema import (
    REQUEST_LOG_KEY,
    REQUESTS_BY_MERCHANT,
    TTL_ATTRIBUTE,
    shard_key,
    shard_of_text,
)
from paysandbox.core.record import record, replace
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.request_log.request_record import RETENTION, RequestRecord

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_TEXTS: Final = ("merchant", "method", "route", "outcome")
_OPTIONAL_TEXTS: Final = (
    "code",
    "param",
    "detail",
    "transaction_id",
    "idempotency_key",
    "body",
    "path",
    "answer",
    "fault",
)
_NUMBERS: Final = ("status", "duration_ms")

Item = dict[str, Any]


@record
class RequestLog:
    """A DynamoDB client and the name of the table. Of `shards`, see `written_shards`."""

    client: "DynamoDBClient"
    table: str
    shards: int | None = None


@record
class RequestFilter:
    """Filters: by class of status codes (4 for 4xx), failed requests only, or one route; None means any.

    With a payment or a reference, those that name it; with both, either. `since` is inclusive and `until` exclusive.
    """

    status_class: int | None = None
    failed: bool | None = None
    route: str | None = None
    payment_id: str | None = None
    reference: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    oldest_first: bool = False


EVERY: Final = RequestFilter()


def put_records(log: RequestLog, records: Sequence[RequestRecord]) -> None:
    """Store these requests. Idempotent.

    Raises Refused(service_unavailable) if DynamoDB left some unprocessed: the whole batch may be delivered again.
    """
    # A batch must not contain an item twice.
    distinct = {record.request_id: record for record in records}.values()
    puts = [put_request(request_item(record, log.shards)) for record in distinct]
    write_in_batches(log.client, log.table, puts, busy="The request log is busy.")


def get_record(log: RequestLog, merchant: str, request_id: str) -> RequestRecord | None:
    """Return a merchant's request with this ID, or None."""
    found = log.client.get_item(TableName=log.table, Key={REQUEST_LOG_KEY: {"S": request_id}})
    record = record_from(found["Item"]) if "Item" in found else None
    return record if record is not None and record.merchant == merchant else None


def list_records(
    log: RequestLog, merchant: str, wanted: RequestFilter, *, limit: int, cursor: str | None
) -> ListPage[RequestRecord]:
    """Return a page of a merchant's requests, newest first, or `oldest_first`. A filter has the bound of `index_page`.

    Raises Refused(cursor_invalid) for a cursor that is not from this list with this filter.
    """
    return index_page(records_of(log, merchant, wanted), limit=limit, cursor=cursor, wanted=_held_against(wanted))


def records_of(log: RequestLog, merchant: str, wanted: RequestFilter = EVERY) -> ShardedIndex[RequestRecord]:
    """Return the list of a merchant's requests within the times of a filter, to which cursors are bound."""
    criteria = (wanted.status_class, wanted.failed, wanted.route, wanted.payment_id, wanted.reference)
    since = format_timestamp(wanted.since) if wanted.since else None
    until = format_timestamp(wanted.until) if wanted.until else None
    tied_to = (*(str(criterion) if criterion is not None else None for criterion in criteria), since, until)
    return ShardedIndex(
        client=log.client,
        table=log.table,
        id_attribute=REQUEST_LOG_KEY,
        index=REQUESTS_BY_MERCHANT,
        of=merchant,
        tied_to=("list_requests", merchant, *tied_to),
        read=record_from,
        mine=lambda record: record.merchant == merchant,
        since=since,
        until=until,
        oldest_first=wanted.oldest_first,
    )


def _held_against(wanted: RequestFilter) -> Callable[[RequestRecord], bool] | None:
    if replace(wanted, since=None, until=None, oldest_first=False) == EVERY:
        return None

    def is_named(record: RequestRecord) -> bool:
        if wanted.payment_id is None and wanted.reference is None:
            return True
        return (wanted.payment_id is not None and record.names_payment(wanted.payment_id)) or (
            wanted.reference is not None and record.names_reference(wanted.reference)
        )

    def is_wanted(record: RequestRecord) -> bool:
        return (
            (wanted.status_class is None or record.status // 100 == wanted.status_class)
            and (wanted.failed is None or record.failed is wanted.failed)
            and (wanted.route is None or record.route == wanted.route)
            and is_named(record)
        )

    return is_wanted


def request_item(record: RequestRecord, shards: int | None = None) -> Item:
    """Return the DynamoDB item of a record. Of `shards`, see `written_shards`."""
    shard = shard_of_text(record.request_id, written_shards(shards))
    item: Item = {
        REQUEST_LOG_KEY: {"S": record.request_id},
        REQUESTS_BY_MERCHANT.partition_key: {"S": shard_key(record.merchant, shard)},
        REQUESTS_BY_MERCHANT.sort_key: {"S": f"{format_timestamp(record.at)}#{record.request_id}"},
        "at": {"S": format_timestamp(record.at)},
        TTL_ATTRIBUTE: {"N": str(int((record.at + RETENTION).timestamp()))},
    }
    item |= {name: {"S": getattr(record, name)} for name in _TEXTS}
    item |= {name: {"N": str(getattr(record, name))} for name in _NUMBERS}
    item |= {name: {"S": value} for name in _OPTIONAL_TEXTS if (value := getattr(record, name)) is not None}
    if record.replayed:
        item["replayed"] = {"BOOL": True}
    return item


def record_from(item: Item) -> RequestRecord:
    """Read a record from its DynamoDB item."""
    optional: dict[str, str] = {name: item[name]["S"] for name in _OPTIONAL_TEXTS if name in item}
    return RequestRecord(
        request_id=item[REQUEST_LOG_KEY]["S"],
        merchant=item["merchant"]["S"],
        at=parse_timestamp(item["at"]["S"]),
        method=item["method"]["S"],
        route=item["route"]["S"],
        outcome=item["outcome"]["S"],
        status=int(item["status"]["N"]),
        duration_ms=int(item["duration_ms"]["N"]),
        replayed="replayed" in item,
        **optional,
    )
