"""Writes to a delivery: each is one write, on the condition that nothing else has changed it since it was read.

A delivery that was planned and never tried has no item. The write that records its first attempt puts it.
"""

from datetime import datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from paysandbox.aws.dynamodb.conditional_write import is_condition_failure, item_on_conflict
from paysandbox.aws.schema import DELIVERIES_DUE, DELIVERIES_KEY
from paysandbox.core.record import replace
from paysandbox.core.timestamps import format_timestamp
from paysandbox.webhooks.deliveries.deliveries import (
    Deliveries,
    Item,
    attempt_entry,
    delivery_from,
    delivery_key,
    put_delivery,
)
from paysandbox.webhooks.delivery import MAX_RESENDS, Attempt, Delivery, DeliveryStatus

_DUE: Final = DELIVERIES_DUE.sort_key


def record_attempt(
    deliveries: Deliveries,
    delivery: Delivery,
    attempt: Attempt,
    status: DeliveryStatus,
    due_at: datetime | None = None,
) -> bool:
    """Append an attempt, increment `tries`, and set the resulting status.

    Returns whether the attempt is stored. It is not if, since the read, the delivery reached a final status or another
    try was recorded. If boto3 repeats a write whose response was lost, it finds its own attempt, which counts as
    stored.
    """
    if not delivery.stored:
        first = replace(delivery, attempts=(attempt,), tries=1, status=status, due_at=due_at)
        if attempt in put_delivery(deliveries, first).attempts:
            return True
        # Another attempt was recorded since, which the condition below refuses, or a resend has stored the delivery.
    sets = "#attempts = list_append(#attempts, :attempt), #tries = :next, #status = :status"
    values: Item = {
        ":attempt": {"L": [attempt_entry(attempt)]},
        ":next": {"N": str(delivery.tries + 1)},
        ":status": {"S": str(status)},
    }
    when = " REMOVE #due"
    if due_at is not None:
        values[":due"] = {"S": format_timestamp(due_at)}
        sets, when = f"{sets}, #due = :due", ""
    current = _change(deliveries, delivery, f"SET {sets}{when}", {"#attempts": "attempts"}, values)
    return current is None or attempt in current.attempts


def cancel(deliveries: Deliveries, delivery: Delivery) -> None:
    """Mark a delivery canceled, unless it changed since it was read."""
    if delivery.stored:
        _end(deliveries, delivery, DeliveryStatus.CANCELED)
    else:
        put_delivery(deliveries, replace(delivery, status=DeliveryStatus.CANCELED))


def give_up(deliveries: Deliveries, delivery: Delivery) -> None:
    """Mark a delivery failed without another attempt, unless it changed since it was read."""
    _end(deliveries, delivery, DeliveryStatus.FAILED)


def leave_to_queue(deliveries: Deliveries, delivery: Delivery) -> None:
    """Remove a delivery from the due index because a queue now contains it, unless it changed since it was read."""
    if delivery.due_at is None:
        raise AssertionError(f"{delivery.id} is not due")
    values: Item = {":due": {"S": format_timestamp(delivery.due_at)}}
    _change(deliveries, delivery, "REMOVE #due", {}, values, more="#due = :due")


def reopen(
    deliveries: Deliveries, delivery_id: str, generation: int, operation_id: str, due_at: datetime | None = None
) -> Delivery | None:
    """Reopen a delivery, once per operation ID. Its attempts are preserved. Returns None if it does not exist.

    Returns the delivery as stored afterwards. If `operation_id` is not among its `resends`, it is unchanged because it
    has reached the maximum number of resends. `generation` is the endpoint's current generation. `due_at` is when the
    sweep picks it up if it never reaches a queue.
    """
    sets = "#status = :pending, #tries = :none, #generation = :generation"
    values: Item = {
        ":pending": {"S": str(DeliveryStatus.PENDING)},
        ":none": {"N": "0"},
        ":generation": {"N": str(generation)},
        ":operations": {"SS": [operation_id]},
        ":operation": {"S": operation_id},
        ":max": {"N": str(MAX_RESENDS)},
    }
    when = " REMOVE #due"
    if due_at is not None:
        values[":due"] = {"S": format_timestamp(due_at)}
        sets, when = f"{sets}, #due = :due", ""
    try:
        written = deliveries.client.update_item(
            TableName=deliveries.table,
            Key=delivery_key(delivery_id),
            UpdateExpression=f"SET {sets}{when} ADD #resends :operations",
            ConditionExpression="attribute_exists(#id) AND NOT contains(#resends, :operation)"
            " AND (attribute_not_exists(#resends) OR size(#resends) < :max)",
            ExpressionAttributeNames={
                "#id": DELIVERIES_KEY,
                "#status": "status",
                "#tries": "tries",
                "#generation": "generation",
                "#resends": "resends",
                "#due": _DUE,
            },
            ExpressionAttributeValues=values,
            ReturnValues="ALL_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        if not is_condition_failure(error):
            raise
        current = item_on_conflict(error)
        return delivery_from(current) if current else None
    return delivery_from(written["Attributes"])


def _end(deliveries: Deliveries, delivery: Delivery, status: DeliveryStatus) -> None:
    names, values = {"#generation": "generation"}, {":status": {"S": str(status)}}
    values[":generation"] = {"N": str(delivery.generation)}
    more = "#generation = :generation"
    _change(deliveries, delivery, "SET #status = :status REMOVE #due", names, values, more=more)


def _change(
    deliveries: Deliveries,
    delivery: Delivery,
    update: str,
    names: dict[str, str],
    values: dict[str, Any],
    *,
    more: str | None = None,
) -> Delivery | None:
    """Update a delivery that is pending and has had no try recorded since it was read.

    Returns None on success, otherwise the delivery that is stored instead.
    """
    guards = ["#status = :pending", "#tries = :seen", *([more] if more else [])]
    try:
        deliveries.client.update_item(
            TableName=deliveries.table,
            Key=delivery_key(delivery.id),
            UpdateExpression=update,
            ConditionExpression=" AND ".join(guards),
            ExpressionAttributeNames={"#status": "status", "#tries": "tries", "#due": _DUE} | names,
            ExpressionAttributeValues={
                ":pending": {"S": str(DeliveryStatus.PENDING)},
                ":seen": {"N": str(delivery.tries)},
            }
            | values,
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        current = item_on_conflict(error) if is_condition_failure(error) else None
        if current is None:
            raise
        return delivery_from(current)
    return None
