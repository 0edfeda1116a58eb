"""Lists of payments: sharded KEYS_ONLY indexes, read side by side and merged; items come by consistent reads.

An index is never trusted for more than ids: what is shown is the payment as it is.
"""

import base64
import binascii
import hashlib
import heapq
import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from typing import Any, Final

from paysandbox.domain.payment import Payment
from paysandbox.errors import Code, Refused
from paysandbox.table.items import key, payment_from
from paysandbox.table.ledger import Ledger
from paysandbox.table.schema import BY_MERCHANT, INDEX_SHARDS, PARTITION_KEY, shard_key

_MAX_BATCH_TRIES: Final = 5
_MARK_LENGTH: Final = 8
_POSITION: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z#auth_[a-z2-7]{26}")


def list_payments(ledger: Ledger, merchant: str, *, limit: int, cursor: str | None) -> tuple[list[Payment], str | None]:
    """A page of a merchant's payments, newest first, and the cursor of the next page.

    Raises Refused(cursor_invalid) for a cursor that this list did not make.
    """
    before = _position(cursor, merchant) if cursor is not None else None
    with ThreadPoolExecutor(INDEX_SHARDS) as pool:
        partitions = [shard_key(merchant, shard) for shard in range(INDEX_SHARDS)]
        shards = pool.map(partial(_shard, ledger, before=before, limit=limit + 1), partitions)
        newest = list(islice(heapq.merge(*shards, reverse=True), limit + 1))
    page = newest[:limit]
    payments = _payments(ledger, [payment_id for _, payment_id in page])
    shown = [payments[payment_id] for _, payment_id in page if payment_id in payments]
    more = len(newest) > limit
    return shown, _cursor(page[-1][0], merchant) if more else None


def _shard(ledger: Ledger, partition: str, *, before: str | None, limit: int) -> list[tuple[str, str]]:
    """(sort key, payment id) of one shard's newest, after the cursor."""
    condition = "#0 = :0"
    names = {"#0": BY_MERCHANT.partition_key}
    values: dict[str, Any] = {":0": {"S": partition}}
    if before is not None:
        condition += " AND #1 < :1"
        names["#1"] = BY_MERCHANT.sort_key
        values[":1"] = {"S": before}
    answer = ledger.client.query(
        TableName=ledger.table,
        IndexName=BY_MERCHANT.name,
        KeyConditionExpression=condition,
        ExpressionAttributeNames=names,
        ExpressionAttributeValues=values,
        ScanIndexForward=False,
        Limit=limit,
    )
    return [
        (item[BY_MERCHANT.sort_key]["S"], item[PARTITION_KEY]["S"])  # pyright: ignore[reportTypedDictNotRequiredAccess]
        for item in answer["Items"]
    ]


def _payments(ledger: Ledger, payment_ids: list[str]) -> dict[str, Payment]:
    found: dict[str, Payment] = {}
    wanted: list[Any] = [key(payment_id) for payment_id in payment_ids]
    for _ in range(_MAX_BATCH_TRIES):
        if not wanted:
            return found
        answer = ledger.client.batch_get_item(RequestItems={ledger.table: {"Keys": wanted, "ConsistentRead": True}})
        for item in answer["Responses"].get(ledger.table, []):
            payment = payment_from(item)
            found[payment.id] = payment
        left = answer["UnprocessedKeys"].get(ledger.table)
        wanted = [*left["Keys"]] if left else []
    raise Refused(Code.SERVICE_UNAVAILABLE, "The ledger is busy; try again.")


def _cursor(position: str, merchant: str) -> str:
    return base64.urlsafe_b64encode((_mark(merchant) + position).encode()).decode().rstrip("=")


def _position(cursor: str, merchant: str) -> str:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        text = ""
    position = text[_MARK_LENGTH:]
    # Written again, because decoding overlooks much: another spelling of a cursor is not one of ours.
    if not _POSITION.fullmatch(position) or _cursor(position, merchant) != cursor:
        raise Refused(Code.CURSOR_INVALID, "Use next_cursor of the page before, unchanged.", "cursor")
    return position


def _mark(merchant: str) -> str:
    """Ties a cursor to its list, so that it is not taken for another's."""
    return hashlib.sha256(f"list_payments:{merchant}".encode()).hexdigest()[:_MARK_LENGTH]
