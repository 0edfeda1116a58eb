"""The `MerchantFunds` table: the balance of each merchant and currency, and what it is made of: fundings and movements.

A balance changes only in a transaction with what it changes by: a funding, a movement, or a step of a disbursement. So
it is always the sum of the fundings and movements, less what disbursements hold. The entry of each in the journal of
the merchant's balance is written in the same transaction (`journal_table`).
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from paysandbox.aws import backoff
from paysandbox.aws.dynamodb.contention import is_contention
from paysandbox.aws.schema import FUNDS_KEY, FUNDS_SORT
from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.funds.funding import Funding, FundingSource
from paysandbox.funds.journal_entry import entry_of_funding, entry_of_movement
from paysandbox.funds.journal_items import put_entry
from paysandbox.funds.movement import Movement, MovementKind

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]

BALANCE: Final = "BALANCE#"
FUNDING: Final = "FUNDING#"
MOVEMENT: Final = "MOVEMENT#"

_CONDITION_FAILED: Final = "ConditionalCheckFailed"

_MAX_TRIES: Final = 8
"""Of a transaction that other writes were in the way of, beyond those of the client."""


@record
class FundsTable:
    """A DynamoDB client, and the table's name. Of `shards`, those of the journal, see `written_shards`."""

    client: "DynamoDBClient"
    table: str
    shards: int | None = None


def balance_key(merchant: str, currency: str) -> Item:
    """Return the primary key of a balance."""
    return {FUNDS_KEY: {"S": merchant}, FUNDS_SORT: {"S": BALANCE + currency}}


def take(table: FundsTable, merchant: str, currency: str, amount: int) -> Item:
    """Return the part of a transaction that takes an amount. Its condition fails if the balance does not cover it."""
    return {
        "Update": {
            "TableName": table.table,
            "Key": balance_key(merchant, currency),
            "UpdateExpression": "SET #0 = #0 - :0",
            "ConditionExpression": "#0 >= :0",
            "ExpressionAttributeNames": {"#0": "balance"},
            "ExpressionAttributeValues": {":0": {"N": str(amount)}},
        }
    }


def give(table: FundsTable, merchant: str, currency: str, amount: int) -> Item:
    """Return the part of a transaction that adds an amount."""
    return {
        "Update": {
            "TableName": table.table,
            "Key": balance_key(merchant, currency),
            "UpdateExpression": "ADD #0 :0",
            "ExpressionAttributeNames": {"#0": "balance"},
            "ExpressionAttributeValues": {":0": {"N": str(amount)}},
        }
    }


def move(table: FundsTable, movement: Movement) -> tuple[Item, Item, Item]:
    """Return the parts of a transaction that change a balance by a movement, store it, and enter it into the journal.

    The condition of the first fails if the balance does not cover what is taken, that of the second if the merchant has
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


def transact(client: "DynamoDBClient", writes: list[Any]) -> list[Item]:
    """Run a transaction with a balance. Returns DynamoDB's reasons if a condition was false, nothing if all is written.

    A balance is one item, and its transactions wait for each other, so more attempts are made than the client makes.
    Raises Refused(service_unavailable) if other writes were in the way for too long.
    """
    for tries in range(1, _MAX_TRIES + 1):
        try:
            client.transact_write_items(TransactItems=writes)
        except ClientError as error:
            reasons = failed_conditions(error)
            if reasons:
                return reasons
            response: Any = error.response
            if not is_contention(response):
                raise
            backoff.wait(tries)
        else:
            return []
    raise Refused(Code.SERVICE_UNAVAILABLE, "The merchant's funds are busy. Retry.")


def read_balance(table: FundsTable, merchant: str, currency: str) -> int:
    """Return a merchant's balance in minor units, read consistently. Without one, it is 0."""
    found: Any = table.client.get_item(TableName=table.table, Key=balance_key(merchant, currency), ConsistentRead=True)
    return int(found["Item"]["balance"]["N"]) if "Item" in found else 0


def read_balances(table: FundsTable, merchant: str) -> dict[str, int]:
    """Return a merchant's balances in minor units by currency, read consistently."""
    return {
        item[FUNDS_SORT]["S"].removeprefix(BALANCE): int(item["balance"]["N"])
        for item in _entries(table, merchant, BALANCE)
    }


def read_fundings(table: FundsTable, merchant: str) -> list[Funding]:
    """Return all fundings of a merchant, in no order."""
    return [funding_from(item) for item in _entries(table, merchant, FUNDING)]


def funding_item(funding: Funding) -> Item:
    """Build the item of a funding."""
    item: Item = {
        FUNDS_KEY: {"S": funding.merchant},
        FUNDS_SORT: {"S": FUNDING + funding.id},
        "amount": {"N": str(funding.amount)},
        "currency": {"S": funding.currency},
        "created_at": {"S": format_timestamp(funding.at)},
        "source": {"S": str(funding.source)},
    }
    return item | ({"reference": {"S": funding.reference}} if funding.reference is not None else {})


def funding_from(item: Item) -> Funding:
    """Parse a funding from its item."""
    return Funding(
        id=item[FUNDS_SORT]["S"].removeprefix(FUNDING),
        merchant=item[FUNDS_KEY]["S"],
        amount=int(item["amount"]["N"]),
        currency=item["currency"]["S"],
        at=parse_timestamp(item["created_at"]["S"]),
        source=FundingSource(item["source"]["S"]),
        reference=item["reference"]["S"] if "reference" in item else None,
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


def failed_conditions(error: ClientError) -> list[Item]:
    """Return DynamoDB's reason for each write of a transaction that was canceled because a condition was false.

    Empty if the error is another.
    """
    response: Any = error.response
    reasons: list[Item] = response.get("CancellationReasons") or []
    return reasons if any(map(is_false, reasons)) else []


def is_false(reason: Item) -> bool:
    """Whether DynamoDB's reason for a write of a canceled transaction is that its condition is false."""
    return reason.get("Code") == _CONDITION_FAILED


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
