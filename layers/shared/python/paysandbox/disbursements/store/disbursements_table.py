"""The `Disbursements` table. A customer's disbursements are one partition, and sort by the time of their request.

Accepting one is a transaction of two items: the merchant's balance, whose condition is that it covers the amount, and
the disbursement, whose condition is that its ID is new. A step that gives money back is a transaction of the same two.
Every other step is one conditional write.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from paysandbox.aws import backoff
from paysandbox.aws.cursor import cursor_of, just_below, position_of
from paysandbox.aws.dynamodb.batch_get import items_by_key
from paysandbox.aws.dynamodb.conditional_write import is_condition_failure
from paysandbox.aws.dynamodb.contention import is_undecided
from paysandbox.aws.schema import (
    DISBURSEMENTS_BY_ID,
    DISBURSEMENTS_DUE,
    DISBURSEMENTS_KEY,
    DISBURSEMENTS_SORT,
    shard_key,
)
from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp
from paysandbox.customers.customers_table import scoped_id
from paysandbox.disbursements.disbursement import Disbursement
from paysandbox.disbursements.steps import returned_amount
from paysandbox.disbursements.store.items import (
    DUE,
    UNREADABLE,
    Item,
    disbursement_from,
    disbursement_item,
    disbursement_key,
)
from paysandbox.disbursements.store.journal_entries import entry_of_acceptance, entry_of_return
from paysandbox.funds.funds_table import give, take
from paysandbox.funds.journal_items import put_entry
from paysandbox.funds.store import FundsTable, transact

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_POSITION: Final = re.compile(r"[0-9A-Za-z.-]{1,64}")
"""The form of a sort key that a cursor may contain."""

_SAME_ID_MAX: Final = 10
"""Disbursements of several merchants that were requested in one microsecond and have one ID."""

_MAX_TRIES: Final = 8
"""Of a write that other writes were in the way of, beyond those of the client."""


@record
class DisbursementsTable:
    """A DynamoDB client, the table's name, and the table of the funds that pay for them. Of `shards`, see
    `written_shards`."""

    client: "DynamoDBClient"
    table: str
    funds: FundsTable
    shards: int | None = None


def accept(table: DisbursementsTable, disbursement: Disbursement) -> Disbursement:
    """Store a new disbursement and take its amount and fee, or return the one that has this ID already.

    Raises Refused: insufficient_balance; service_unavailable if other writes were in the way for too long.
    """
    put = {
        "Put": {
            "TableName": table.table,
            "Item": disbursement_item(disbursement, table.shards),
            "ConditionExpression": "attribute_not_exists(#0)",
            "ExpressionAttributeNames": {"#0": DISBURSEMENTS_KEY},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }
    writes = [
        take(table.funds, disbursement.merchant, disbursement.currency, disbursement.amount + disbursement.fee),
        put,
        put_entry(table.funds.table, entry_of_acceptance(disbursement), table.funds.shards),
    ]
    for tries in range(1, _MAX_TRIES + 1):
        reasons = transact(table.client, writes)
        if not reasons:
            return disbursement
        if "Item" in reasons[1]:
            return disbursement_from(reasons[1]["Item"])
        if not is_undecided(reasons[1]):
            raise Refused(Code.INSUFFICIENT_BALANCE, "Add money to the funds, or pay a smaller amount.", "amount")
        # Another request under the same key is about to store this ID, and may be the one that took the balance.
        backoff.wait(tries)
    raise Refused(Code.SERVICE_UNAVAILABLE, "The merchant's funds are busy. Retry.")


def put_after(table: DisbursementsTable, before: Disbursement, after: Disbursement) -> bool:
    """Replace a disbursement by what a step made of it, and give back what the step returns.

    Returns False, and writes nothing, if it has changed since it was read. Raises Refused(service_unavailable) if other
    writes were in the way for too long.
    """
    put: Item = {
        "TableName": table.table,
        "Item": disbursement_item(after, table.shards),
        "ConditionExpression": "#0 = :0",
        "ExpressionAttributeNames": {"#0": "version"},
        "ExpressionAttributeValues": {":0": {"N": str(before.version)}},
    }
    back = returned_amount(before, after)
    if back:
        entry = put_entry(table.funds.table, entry_of_return(after, back), table.funds.shards)
        gives = give(table.funds, after.merchant, after.currency, back)
        return not transact(table.client, [{"Put": put}, gives, entry])
    try:
        table.client.put_item(**put)
    except ClientError as error:
        if not is_condition_failure(error):
            raise
        return False
    return True


def change(
    table: DisbursementsTable, current: Disbursement, decide: Callable[[Disbursement], Disbursement]
) -> Disbursement:
    """Record what `decide` makes of a disbursement, which is read again if another write was first.

    If `decide` returns its argument, nothing is written. Raises what `decide` raises, and
    Refused(service_unavailable) if other writes were first each time.
    """
    for tries in range(1, _MAX_TRIES + 1):
        after = decide(current)
        if after is current or put_after(table, current, after):
            return after
        backoff.wait(tries)
        found = find(table, current.merchant, current.customer_id, current.id)
        if found is None:
            raise AssertionError(f"{current.id} was there")
        current = found
    raise Refused(Code.SERVICE_UNAVAILABLE, "The disbursement is busy. Retry.")


def find(table: DisbursementsTable, merchant: str, customer_id: str, disbursement_id: str) -> Disbursement | None:
    """Return a disbursement, read consistently, or None if there is none."""
    if not ids.is_disbursement_id(disbursement_id):
        return None  # DynamoDB refuses a key that is empty, or too long
    key: Any = disbursement_key(merchant, customer_id, disbursement_id)
    found: Any = table.client.get_item(TableName=table.table, Key=key, ConsistentRead=True)
    return disbursement_from(found["Item"]) if "Item" in found else None


def find_by_id(table: DisbursementsTable, merchant: str, disbursement_id: str) -> Disbursement | None:
    """Return a merchant's disbursement by its ID alone, or None if there is none.

    The index has a new disbursement after a moment; the disbursement itself is read consistently.
    """
    found = _by_id(table, disbursement_id, " AND begins_with(#1, :1)", {":1": {"S": scoped_id(merchant, "")}}, limit=1)
    return found[0] if found else None


def find_all_by_id(table: DisbursementsTable, disbursement_id: str) -> list[Disbursement]:
    """Return the disbursements of all merchants with an ID, for a provider that knows no merchant. Usually one."""
    return _by_id(table, disbursement_id, "", {}, limit=_SAME_ID_MAX)


def _by_id(
    table: DisbursementsTable, disbursement_id: str, condition: str, values: Item, *, limit: int
) -> list[Disbursement]:
    if not ids.is_disbursement_id(disbursement_id):
        return []  # as in `find`
    names = {"#0": DISBURSEMENTS_BY_ID.partition_key}
    if condition:
        names["#1"] = DISBURSEMENTS_BY_ID.sort_key
    found: Any = table.client.query(
        TableName=table.table,
        IndexName=DISBURSEMENTS_BY_ID.name,
        KeyConditionExpression=f"#0 = :0{condition}",
        ExpressionAttributeNames=names,
        ExpressionAttributeValues={":0": {"S": disbursement_id}, **values},
        Limit=limit,
    )
    keys = [_key(item) for item in found["Items"]]
    items = items_by_key(table.client, table.table, keys) if keys else []
    return [disbursement_from(item) for item in items]


def list_of_customer(
    table: DisbursementsTable, merchant: str, customer_id: str, *, limit: int, cursor: str | None
) -> tuple[list[Disbursement], str | None]:
    """Return a page of a customer's disbursements, newest first, and the cursor of the next page (None: last page).

    Raises Refused(cursor_invalid) for a cursor of another list.
    """
    tied_to = ("disbursements", merchant, customer_id)
    names = {"#0": DISBURSEMENTS_KEY}
    values: Item = {":0": {"S": scoped_id(merchant, customer_id)}}
    condition = "#0 = :0"
    if cursor is not None:
        names["#1"] = DISBURSEMENTS_SORT
        values[":1"] = {"S": just_below(position_of(cursor, tied_to, _POSITION))}
        condition += " AND #1 <= :1"
    page: Any = table.client.query(
        TableName=table.table,
        KeyConditionExpression=condition,
        ExpressionAttributeNames=names,
        ExpressionAttributeValues=values,
        ScanIndexForward=False,
        ConsistentRead=True,
        Limit=limit + 1,
    )
    found = [disbursement_from(item) for item in page["Items"]]
    shown = found[:limit]
    return shown, cursor_of(shown[-1].id, tied_to) if len(found) > limit else None


def due_page(
    table: DisbursementsTable,
    shard: int,
    until: datetime,
    *,
    limit: int,
    unreadable: Callable[[str, Exception], None],
    page: Item | None = None,
) -> tuple[list[Disbursement], Item | None]:
    """Return disbursements of a shard due at or before `until`, earliest first, and the start of the next page.

    `unreadable` gets the ID of one that cannot be read, and the error. It does not stop the others.
    """
    start: Any = {"ExclusiveStartKey": page} if page else {}
    found: Any = table.client.query(
        TableName=table.table,
        IndexName=DISBURSEMENTS_DUE.name,
        KeyConditionExpression="#0 = :0 AND #1 <= :1",
        ExpressionAttributeNames={"#0": DISBURSEMENTS_DUE.partition_key, "#1": DISBURSEMENTS_DUE.sort_key},
        ExpressionAttributeValues={":0": {"S": shard_key(DUE, shard)}, ":1": {"S": format_timestamp(until)}},
        Limit=limit,
        **start,
    )
    items = items_by_key(table.client, table.table, [_key(item) for item in found["Items"]])
    due = sorted(_readable(items, unreadable), key=lambda disbursement: (disbursement.due_at or until, disbursement.id))
    return due, found.get("LastEvaluatedKey")


def _readable(items: Iterable[Item], unreadable: Callable[[str, Exception], None]) -> Iterator[Disbursement]:
    for item in items:
        try:
            yield disbursement_from(item)
        except UNREADABLE as error:
            unreadable(item[DISBURSEMENTS_SORT]["S"], error)


def _key(item: Item) -> Item:
    return {DISBURSEMENTS_KEY: item[DISBURSEMENTS_KEY], DISBURSEMENTS_SORT: item[DISBURSEMENTS_SORT]}
