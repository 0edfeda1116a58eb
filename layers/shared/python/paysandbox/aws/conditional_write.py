"""The ledger: a DynamoDB client and the table's name. Every call that payments make is in this room."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class Ledger:
    """Where payments are kept, and for how many seconds past their last operation."""

    client: "DynamoDBClient"
    table: str
    retention_s: int


def is_condition_failure(error: ClientError) -> bool:
    """Whether a write was not done because its condition did not hold."""
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"  # pyright: ignore[reportTypedDictNotRequiredAccess] - boto3's types call every field of an answer optional


def item_on_conflict(error: ClientError) -> dict[str, Any] | None:
    """The item as it was when the condition failed, or None where there is none."""
    item = error.response.get("Item")
    return item if _is_item(item) else None


def _is_item(item: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(item, dict)
