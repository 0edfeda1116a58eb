"""The `MerchantFunds` table, and transactions with what it has."""

from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from paysandbox.aws import backoff
from paysandbox.aws.dynamodb.contention import is_contention
from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import record

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]

_CONDITION_FAILED: Final = "ConditionalCheckFailed"

_MAX_TRIES: Final = 8
"""Of a transaction that other writes were in the way of, beyond those of the client."""


@record
class FundsTable:
    """A DynamoDB client, and the table's name. Of `shards`, those of the journal, see `written_shards`."""

    client: "DynamoDBClient"
    table: str
    shards: int | None = None


def transact(client: "DynamoDBClient", writes: list[Any]) -> list[Item]:
    """Run a transaction with what is available. Returns DynamoDB's reasons if a condition was false, nothing if all is
    written.

    What a merchant has available is one item, and its transactions wait for each other, so more attempts are made than
    the client makes. Raises Refused(service_unavailable) if other writes were in the way for too long.
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
