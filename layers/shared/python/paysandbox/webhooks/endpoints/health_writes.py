"""Endpoint writes made by workers: its health, and that its disabling was published.

Each write is conditional on the endpoint's entry, so that a deleted endpoint is never recreated, and on the generation
that was read, so that attempts made before it was re-enabled do not affect it afterwards.
"""

from typing import Any

from botocore.exceptions import ClientError

from paysandbox.aws.dynamodb.conditional_write import is_condition_failure, item_on_conflict
from paysandbox.core.timestamps import format_timestamp
from paysandbox.webhooks.endpoint import Endpoint
from paysandbox.webhooks.endpoints.endpoints import (
    Endpoints,
    Item,
    disabled_entry,
    endpoints_from,
    endpoints_key,
    failing_entry,
)


def write_health(endpoints: Endpoints, expected: Endpoint, after: Endpoint) -> Endpoint | None:
    """Write an endpoint's health where it differs from what was read. Returns the endpoint as stored afterwards.

    Returns None if it was deleted in the meantime. The returned endpoint may contain concurrent writes, or this very
    write, if its response was lost and boto3 repeated it.

    A failure is only added to the count that was read: of two concurrent failures, one is counted. A 410 or a success
    is written regardless of the count.
    """
    sets: list[str] = []
    removes: list[str] = []
    guards: list[str] = ["attribute_not_exists(#0.#1.#disabled)"]
    names: dict[str, str] = {"#disabled": "disabled"}
    values: Item = {}
    if after.failing != expected.failing:
        names["#failing"] = "failing"
        if after.failing is None:
            removes.append("#0.#1.#failing")
        else:
            sets.append("#0.#1.#failing = :failing")
            values[":failing"] = failing_entry(after.failing)
            if expected.failing is None:
                guards.append("attribute_not_exists(#0.#1.#failing)")
            else:
                guards.append("#0.#1.#failing.#last = :last")
                names["#last"] = "last_at"
                values[":last"] = {"S": format_timestamp(expected.failing.last_at)}
    if after.unhealthy_since is not None and after.unhealthy_since != expected.unhealthy_since:
        names["#trouble"] = "trouble_at"
        sets.append("#0.#1.#trouble = :trouble")
        values[":trouble"] = {"S": format_timestamp(after.unhealthy_since)}
    if after.disabled is not None:
        sets.append("#0.#1.#disabled = :disabled")
        values[":disabled"] = disabled_entry(after.disabled)
    if not sets and not removes:
        return expected
    update = (f"SET {', '.join(sets)} " if sets else "") + (f"REMOVE {', '.join(removes)}" if removes else "")
    current = _write(endpoints, expected, update, guards, names, values)
    return after if current is None else current.get(expected.id)


def mark_disabled_published(endpoints: Endpoints, endpoint: Endpoint) -> None:
    """Record that the endpoint's `endpoint_disabled` event was published."""
    _write(
        endpoints,
        endpoint,
        "SET #0.#1.#disabled.#told = :told",
        ["#0.#1.#disabled.#told = :untold"],
        {"#disabled": "disabled", "#told": "told"},
        {":told": {"BOOL": True}, ":untold": {"BOOL": False}},
    )


def _write(
    endpoints: Endpoints, endpoint: Endpoint, update: str, guards: list[str], names: dict[str, str], values: Any
) -> dict[str, Endpoint] | None:
    """Return None if written, otherwise the merchant's endpoints as stored."""
    try:
        endpoints.client.update_item(
            TableName=endpoints.table,
            Key=endpoints_key(endpoint.merchant),
            UpdateExpression=update,
            ConditionExpression=" AND ".join(["#0.#1.#generation = :generation", *guards]),
            ExpressionAttributeNames={"#0": "endpoints", "#1": endpoint.id, "#generation": "generation"} | names,
            ExpressionAttributeValues={":generation": {"N": str(endpoint.generation)}} | values,
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        if not is_condition_failure(error):
            raise
        current = item_on_conflict(error)
        return endpoints_from(current) if current else {}
    return None
