"""The `Faults` table: rules, requests that a fault has met already, and the log of what was injected.

Each is an item of its merchant's. Counting a request is one conditional update, so concurrent requests have different
numbers, and a request that boto3 sends again keeps its own.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from paysandbox.aws.dynamodb.conditional_write import is_condition_failure, item_on_conflict
from paysandbox.aws.schema import FAULTS_KEY, FAULTS_SORT, TTL_ATTRIBUTE
from paysandbox.core.json_text import json_text
from paysandbox.core.record import record, replace
from paysandbox.core.timestamps import parse_timestamp
from paysandbox.http.faults.fault_rules import Firing, Rule, rule_from, rule_values

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

RETENTION_S: Final = 86_400
"""How long a request that was met and a firing are kept: as long as an idempotency key is bound."""

_RULE: Final = "rule#"
_MET: Final = "met#"
_BOUND: Final = "bound#"
_FIRING: Final = "firing#"


@record
class FaultsTable:
    """A DynamoDB client and the table's name."""

    client: "DynamoDBClient"
    table: str


# --- rules ------------------------------------------------------------------------------------------------------------


def put_rule(table: FaultsTable, merchant: str, rule: Rule) -> Rule:
    """Store a new rule, or return the one that has its ID: as it was created, whatever became of it since."""
    purge_at = max(rule.ends_at_ms // 1_000, int(parse_timestamp(rule.created_at).timestamp()) + RETENTION_S)
    item = {
        **_key(merchant, _RULE + rule.id),
        "rule": {"S": json_text(rule_values(rule))},
        "seen": {"N": "0"},
        TTL_ATTRIBUTE: {"N": str(purge_at + 1)},
    }
    try:
        table.client.put_item(
            TableName=table.table,
            Item=item,
            ConditionExpression=f"attribute_not_exists({FAULTS_SORT})",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        stored = item_on_conflict(error) if is_condition_failure(error) else None
        if stored is None:
            raise
        return replace(_rule_in(stored), seen=0)
    return rule


def rules_of(table: FaultsTable, merchant: str, now_ms: int) -> tuple[Rule, ...]:
    """Return a merchant's rules that have not ended, oldest first. Strongly consistent."""
    rules = [_rule_in(item) for item in _items(table, merchant, _RULE) if "deleted" not in item]
    return tuple(sorted((rule for rule in rules if rule.ends_at_ms > now_ms), key=lambda each: each.created_at))


def delete_rule(table: FaultsTable, merchant: str, rule_id: str) -> bool:
    """Mark a rule as deleted until it would have ended. Returns whether there is one, deleted before or not."""
    try:
        table.client.update_item(
            TableName=table.table,
            Key=_key(merchant, _RULE + rule_id),
            UpdateExpression="SET deleted = :deleted",
            ConditionExpression=f"attribute_exists({FAULTS_SORT})",
            ExpressionAttributeValues={":deleted": {"BOOL": True}},
        )
    except ClientError as error:
        if not is_condition_failure(error):
            raise
        return False
    return True


def count_for_rule(table: FaultsTable, merchant: str, rule_id: str, request_id: str) -> int | None:
    """Count a request that matches a rule, and return its number, from 1. None if the rule was deleted meanwhile."""
    is_rule = f"attribute_exists({FAULTS_SORT}) AND attribute_not_exists(deleted)"
    return _count(table, _key(merchant, _RULE + rule_id), request_id, is_rule)


# --- requests ---------------------------------------------------------------------------------------------------------


def count_of_request(table: FaultsTable, merchant: str, request: str, request_id: str, now_ms: int) -> int:
    """Count a request that asks for its own fault, and return how often it was sent. `request` says which one it is."""
    ends = now_ms // 1_000 + RETENTION_S
    return _count(table, _key(merchant, _MET + _digest(request)), request_id, None, ends) or 1


def bind_failure(table: FaultsTable, merchant: str, request: str, request_id: str, now_ms: int) -> None:
    """Bind a failure to a request, so that every replay gets it."""
    ends = {TTL_ATTRIBUTE: {"N": str(now_ms // 1_000 + RETENTION_S)}}
    item = {**_key(merchant, _BOUND + _digest(request)), "request_id": {"S": request_id}, **ends}
    table.client.put_item(TableName=table.table, Item=item)


def bound_failure(table: FaultsTable, merchant: str, request: str) -> str | None:
    """Return the ID of the request whose failure this request repeats, or None."""
    key = _key(merchant, _BOUND + _digest(request))
    item = table.client.get_item(TableName=table.table, Key=key, ConsistentRead=True).get("Item")
    return None if item is None else item["request_id"]["S"]  # pyright: ignore[reportTypedDictNotRequiredAccess] - boto3's types declare every field of a response optional


# --- the log ----------------------------------------------------------------------------------------------------------


def put_firing(table: FaultsTable, merchant: str, firing: Firing, now_ms: int) -> None:
    """Write a firing to the log."""
    values = {name: value for name, value in vars(firing).items() if value is not None}
    item = {
        **_key(merchant, f"{_FIRING}{firing.at}#{firing.request_id}"),
        "firing": {"S": json_text(values)},
        TTL_ATTRIBUTE: {"N": str(now_ms // 1_000 + RETENTION_S)},
    }
    table.client.put_item(TableName=table.table, Item=item)


def firings_of(table: FaultsTable, merchant: str, limit: int) -> list[Firing]:
    """Return a merchant's latest firings, the newest first."""
    return [Firing(**json.loads(item["firing"]["S"])) for item in _items(table, merchant, _FIRING, limit, newest=True)]


# --- items ------------------------------------------------------------------------------------------------------------


def _key(merchant: str, entry: str) -> dict[str, Any]:
    return {FAULTS_KEY: {"S": merchant}, FAULTS_SORT: {"S": entry}}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def _rule_in(item: Mapping[str, Any]) -> Rule:
    return rule_from(json.loads(item["rule"]["S"]), int(item["seen"]["N"]))


def _items(
    table: FaultsTable, merchant: str, begins_with: str, limit: int | None = None, *, newest: bool = False
) -> list[Mapping[str, Any]]:
    """Return items of a merchant in the order of their keys: all of them, or at most one page with a limit."""
    pages = table.client.get_paginator("query").paginate(
        TableName=table.table,
        KeyConditionExpression=f"{FAULTS_KEY} = :merchant AND begins_with({FAULTS_SORT}, :entry)",
        ExpressionAttributeValues={":merchant": {"S": merchant}, ":entry": {"S": begins_with}},
        ConsistentRead=True,
        ScanIndexForward=not newest,
        PaginationConfig={} if limit is None else {"MaxItems": limit, "PageSize": limit},
    )
    return [item for page in pages for item in page.get("Items", [])]


def _count(
    table: FaultsTable, key: dict[str, Any], request_id: str, condition: str | None, ends: int | None = None
) -> int | None:
    """Count a request in an item, and return its number. None if the condition does not hold."""
    assignment = "seen = if_not_exists(seen, :none) + :next, latest = :request"
    values: dict[str, Any] = {":none": {"N": "0"}, ":next": {"N": "1"}, ":request": {"S": request_id}}
    if ends is not None:
        assignment += f", {TTL_ATTRIBUTE} = :ends"
        values[":ends"] = {"N": str(ends)}
    is_other = "(attribute_not_exists(latest) OR latest <> :request)"
    try:
        written = table.client.update_item(
            TableName=table.table,
            Key=key,
            UpdateExpression=f"SET {assignment}",
            ConditionExpression=is_other if condition is None else f"{condition} AND {is_other}",
            ExpressionAttributeValues=values,
            ReturnValues="UPDATED_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        if not is_condition_failure(error):
            raise
        current = item_on_conflict(error)
        return None if current is None or "deleted" in current else int(current["seen"]["N"])
    return int(written["Attributes"]["seen"]["N"])  # pyright: ignore[reportTypedDictNotRequiredAccess] - boto3's types declare every field of a response optional
