"""Writes of workers on an endpoint: how it fares, and that it was disabled for that.

Each names the entry that it is about, so that a deleted endpoint is never made again, and the generation that was
seen, so that what an endpoint did before it was enabled says nothing about it afterwards.
"""

from typing import Any

from botocore.exceptions import ClientError

from paysandbox.aws.conditional_write import is_condition_failure, item_on_conflict
from paysandbox.core.timestamps import format_timestamp
from paysandbox.webhooks.endpoint import Endpoint
from paysandbox.webhooks.endpoints import Endpoints, Item, disabled_entry, endpoints_from, endpoints_key, failing_entry


def write_health(endpoints: Endpoints, seen: Endpoint, after: Endpoint) -> Endpoint | None:
    """Write how an endpoint fares, where that differs from what was seen of it. Returns how it stands then.

    None where it was deleted meanwhile. Otherwise it may be what others wrote, or this very write, if its
    acknowledgement was lost and boto3 repeated it.

    A failure is counted only onto the count that was seen: of two who count at once, one does. 410 and a success need
    no such luck.
    """
    sets: list[str] = []
    removes: list[str] = []
    guards: list[str] = ["attribute_not_exists(#0.#1.#disabled)"]
    names: dict[str, str] = {"#disabled": "disabled"}
    values: Item = {}
    if after.failing != seen.failing:
        names["#failing"] = "failing"
        if after.failing is None:
            removes.append("#0.#1.#failing")
        else:
            sets.append("#0.#1.#failing = :failing")
            values[":failing"] = failing_entry(after.failing)
            if seen.failing is None:
                guards.append("attribute_not_exists(#0.#1.#failing)")
            else:
                guards.append("#0.#1.#failing.#last = :last")
                names["#last"] = "last_at"
                values[":last"] = {"S": format_timestamp(seen.failing.last_at)}
    if after.unhealthy_since is not None and after.unhealthy_since != seen.unhealthy_since:
        names["#trouble"] = "trouble_at"
        sets.append("#0.#1.#trouble = :trouble")
        values[":trouble"] = {"S": format_timestamp(after.unhealthy_since)}
    if after.disabled is not None:
        sets.append("#0.#1.#disabled = :disabled")
        values[":disabled"] = disabled_entry(after.disabled)
    if not sets and not removes:
        return seen
    update = (f"SET {', '.join(sets)} " if sets else "") + (f"REMOVE {', '.join(removes)}" if removes else "")
    current = _write(endpoints, seen, update, guards, names, values)
    return after if current is None else current.get(seen.id)


def mark_disabled_published(endpoints: Endpoints, endpoint: Endpoint) -> None:
    """Remember that the event about its disabling was published."""
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
    """None where it was written, else the merchant's endpoints as they were met."""
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
