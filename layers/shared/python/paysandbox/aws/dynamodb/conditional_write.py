"""The payments table's handle, and how to read the errors of conditional writes."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeGuard

from botocore.exceptions import ClientError

from paysandbox.core.record import record

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


@record
class Ledger:
    """The payments table, and its retention in seconds after a payment's last operation.

    `trace` returns the traces that an operation is stored with, if any.
    """

    client: "DynamoDBClient"
    table: str
    retention_s: int
    trace: Callable[[], str | None] = lambda: None


def is_condition_failure(error: ClientError) -> bool:
    """Whether DynamoDB rejected a write because its condition was false."""
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"  # pyright: ignore[reportTypedDictNotRequiredAccess] - boto3's types declare every field of a response optional


def item_on_conflict(error: ClientError) -> dict[str, Any] | None:
    """Return the item as it was when the condition failed, or None if there was none."""
    item = error.response.get("Item")
    return item if _is_item(item) else None


def _is_item(item: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(item, dict)
