"""The `MerchantFunds` table: what moves a merchant's funds, apart from disbursements: fundings and movements.

Each is stored in one transaction with what it adds to what the merchant has available, or takes from it
(`available_table`), and with its entry in the journal of the merchant's balance (`journal_table`).
"""

from collections.abc import Iterator
from typing import Any, Final

from paysandbox.aws.schema import FUNDS_KEY, FUNDS_SORT
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.funds.available_table import give, take
from paysandbox.funds.funding import Funding
from paysandbox.funds.journal_entry import entry_of_funding, entry_of_movement
from paysandbox.funds.journal_items import put_entry
from paysandbox.funds.movement import Movement, MovementKind
from paysandbox.funds.store import FundsTable, Item, transact

FUNDING: Final = "FUNDING#"
MOVEMENT: Final = "MOVEMENT#"

_SOURCE: Final = "api"


def move(table: FundsTable, movement: Movement) -> tuple[Item, Item, Item]:
    """Return the parts of a transaction that change what is available by a movement, store it, and enter it into the
    journal.

    The condition of the first fails if less is available than is taken, that of the second if the merchant has
    a movement of this kind with this ID.
    """
    change = take if movement.amount < 0 else give
    put = {
        "Put": {
            "TableName": table.table,
            "Item": movement_item(movement),
            "ConditionExpression": "attribute_not_exists(#0)",
            "ExpressionAttributeNames": {"#0": FUNDS_KEY},
        }
    }
    entry = put_entry(table.table, entry_of_movement(movement), table.shards)
    return change(table, movement.merchant, movement.currency, abs(movement.amount)), put, entry


def add_funding(table: FundsTable, funding: Funding) -> Funding:
    """Add a funding to its merchant's funds, or return the one that has this ID already.

    Raises Refused(service_unavailable) if other writes were in the way for too long.
    """
    put = {
        "Put": {
            "TableName": table.table,
            "Item": funding_item(funding),
            "ConditionExpression": "attribute_not_exists(#0)",
            "ExpressionAttributeNames": {"#0": FUNDS_KEY},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }
    entry = put_entry(table.table, entry_of_funding(funding), table.shards)
    writes: list[Any] = [put, give(table, funding.merchant, funding.currency, funding.amount), entry]
    reasons = transact(table.client, writes)
    return funding_from(reasons[0]["Item"]) if reasons else funding


def read_fundings(table: FundsTable, merchant: str) -> list[Funding]:
    """Return all fundings of a merchant, in no order."""
    return [funding_from(item) for item in _entries(table, merchant, FUNDING)]


def funding_item(funding: Funding) -> Item:
    """Build the item of a funding."""
    return {
        FUNDS_KEY: {"S": funding.merchant},
        FUNDS_SORT: {"S": FUNDING + funding.id},
        "amount": {"N": str(funding.amount)},
        "currency": {"S": funding.currency},
        "created_at": {"S": format_timestamp(funding.at)},
        "source": {"S": _SOURCE},
    }


def is_funding(item: Item) -> bool:
    """Whether an item is a funding. Earlier versions stored one for a payout that was kept too: it is the batch's."""
    return item[FUNDS_SORT]["S"].startswith(FUNDING) and item["source"] == {"S": _SOURCE}


def funding_from(item: Item) -> Funding:
    """Parse a funding from its item."""
    return Funding(
        id=item[FUNDS_SORT]["S"].removeprefix(FUNDING),
        merchant=item[FUNDS_KEY]["S"],
        amount=int(item["amount"]["N"]),
        currency=item["currency"]["S"],
        at=parse_timestamp(item["created_at"]["S"]),
    )


def movement_item(movement: Movement) -> Item:
    """Build the item of a movement."""
    item: Item = {
        FUNDS_KEY: {"S": movement.merchant},
        FUNDS_SORT: {"S": f"{MOVEMENT}{movement.kind}#{movement.id}"},
        "amount": {"N": str(movement.amount)},
        "currency": {"S": movement.currency},
        "created_at": {"S": format_timestamp(movement.at)},
    }
    return item | ({"other": {"S": movement.other}} if movement.other is not None else {})


def find_movement(table: FundsTable, merchant: str, kind: MovementKind, movement_id: str) -> Movement | None:
    """Return a merchant's movement, read consistently, or None if there is none."""
    key: Any = {FUNDS_KEY: {"S": merchant}, FUNDS_SORT: {"S": f"{MOVEMENT}{kind}#{movement_id}"}}
    found: Any = table.client.get_item(TableName=table.table, Key=key, ConsistentRead=True)
    return movement_from(found["Item"]) if "Item" in found else None


def find_funding(table: FundsTable, merchant: str, funding_id: str) -> Funding | None:
    """Return a merchant's funding, read consistently, or None if there is none."""
    key: Any = {FUNDS_KEY: {"S": merchant}, FUNDS_SORT: {"S": FUNDING + funding_id}}
    found: Any = table.client.get_item(TableName=table.table, Key=key, ConsistentRead=True)
    return funding_from(found["Item"]) if "Item" in found else None


def movement_from(item: Item) -> Movement:
    """Parse a movement from its item."""
    kind, _, movement_id = item[FUNDS_SORT]["S"].removeprefix(MOVEMENT).partition("#")
    return Movement(
        id=movement_id,
        kind=MovementKind(kind),
        merchant=item[FUNDS_KEY]["S"],
        amount=int(item["amount"]["N"]),
        currency=item["currency"]["S"],
        at=parse_timestamp(item["created_at"]["S"]),
        other=item["other"]["S"] if "other" in item else None,
    )


def _entries(table: FundsTable, merchant: str, prefix: str) -> Iterator[Item]:
    start: Any = {}
    while True:
        page: Any = table.client.query(
            TableName=table.table,
            KeyConditionExpression="#0 = :0 AND begins_with(#1, :1)",
            ExpressionAttributeNames={"#0": FUNDS_KEY, "#1": FUNDS_SORT},
            ExpressionAttributeValues={":0": {"S": merchant}, ":1": {"S": prefix}},
            ConsistentRead=True,
            **start,
        )
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
