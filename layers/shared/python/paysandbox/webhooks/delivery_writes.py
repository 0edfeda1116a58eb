"""What happens to a delivery: each a write of its own, under the condition that nothing else happened meanwhile."""

from datetime import datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from paysandbox.aws.conditional_write import is_condition_failure, item_on_conflict
from paysandbox.aws.schema import DELIVERIES_DUE, DELIVERIES_KEY
from paysandbox.core.timestamps import format_timestamp
from paysandbox.webhooks.deliveries import Deliveries, Item, attempt_entry, delivery_from, delivery_key
from paysandbox.webhooks.delivery import MAX_RESENDS, Attempt, Delivery, DeliveryStatus

_DUE: Final = DELIVERIES_DUE.sort_key


def record_attempt(
    deliveries: Deliveries,
    delivery: Delivery,
    attempt: Attempt,
    status: DeliveryStatus,
    due_at: datetime | None = None,
) -> bool:
    """Append an attempt, count it, and say how the delivery stands after it.

    Whether it is there: not where the delivery came to an end, or another try of it was recorded, since it was read.
    boto3 repeats a write whose acknowledgement was lost, and meets its own attempt: that one is there.
    """
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
    """Store that nobody waits for it any more, unless something happened to it since it was read."""
    _end(deliveries, delivery, DeliveryStatus.CANCELLED)


def give_up(deliveries: Deliveries, delivery: Delivery) -> None:
    """Store that it will not be tried again, though nobody tried, under the same condition."""
    _end(deliveries, delivery, DeliveryStatus.FAILED)


def leave_to_queue(deliveries: Deliveries, delivery: Delivery) -> None:
    """Take it out of the index of what is due, since a queue holds it now, under the same condition."""
    if delivery.due_at is None:
        raise AssertionError(f"{delivery.id} is not due")
    values: Item = {":due": {"S": format_timestamp(delivery.due_at)}}
    _change(deliveries, delivery, "REMOVE #due", {}, values, more="#due = :due")


def reopen(
    deliveries: Deliveries, delivery_id: str, generation: int, operation_id: str, due_at: datetime | None = None
) -> Delivery | None:
    """Open a delivery anew, once by the id of what asked for it; its attempts stay. None where there is none.

    Returns it as it stands after that. Where it does not hold `operation_id` among its `resends` it was left as it
    was, since it had been sent again as often as it may be. `generation` is the endpoint's now; `due_at` is when the
    sweep is to pick it up, where no queue came to hold it.
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
    """An update under the condition of all of them: it is pending, and no try was recorded since it was read.

    None where it was done, else what was met.
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
