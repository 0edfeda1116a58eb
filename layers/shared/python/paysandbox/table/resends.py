"""Sending a delivery again: the same item, opened anew, once by the id of what asked for it."""

from dataclasses import dataclass, replace
from datetime import datetime

from botocore.exceptions import ClientError

from paysandbox.domain.delivery import MAX_RESENDS, Delivery
from paysandbox.domain.instant import to_text
from paysandbox.errors import Code, Refused
from paysandbox.table.deliveries import Deliveries, delivery_from, delivery_key, put_delivery
from paysandbox.table.ledger import item_met, refused_by_condition
from paysandbox.table.schema import DELIVERIES_DUE, DELIVERIES_KEY


@dataclass(frozen=True, slots=True)
class Resend:
    """What asked for it: the operation's id. `due_at` is when the sweep picks up what no queue came to hold."""

    operation_id: str
    due_at: datetime


def resend(deliveries: Deliveries, planned: Delivery, again: Resend) -> Delivery:
    """Open a delivery anew, or make it where there is none. Returns what the table holds after that.

    `planned` is the delivery as it would be planned now: pending, never tried. Under the same operation id again it
    changes nothing, however far the delivery came meanwhile. Raises Refused(too_many_resends).
    """
    found = _reopen(deliveries, planned, again)
    if found is None:
        fresh = replace(planned, resends=frozenset({again.operation_id}), due_at=again.due_at)
        found = put_delivery(deliveries, fresh)
        if again.operation_id not in found.resends:
            found = _reopen(deliveries, planned, again)  # planned by another in between
    if found is None:
        raise Refused(Code.SERVICE_UNAVAILABLE, "Try again with the same key.")  # purged in between
    if again.operation_id not in found.resends:
        raise Refused(
            Code.TOO_MANY_RESENDS,
            f"A delivery can be sent again {MAX_RESENDS} times.",
            possible={"delivery_id": found.id},
        )
    return found


def _reopen(deliveries: Deliveries, planned: Delivery, again: Resend) -> Delivery | None:
    """The delivery after the update, or as it is where it was not to be opened; None where there is none."""
    try:
        written = deliveries.client.update_item(
            TableName=deliveries.table,
            Key=delivery_key(planned.id),
            UpdateExpression="SET #status = :pending, #tries = :none, #generation = :generation, #due = :due"
            " ADD #resends :operation",
            ConditionExpression="attribute_exists(#id) AND NOT contains(#resends, :name)"
            " AND (attribute_not_exists(#resends) OR size(#resends) < :max)",
            ExpressionAttributeNames={
                "#id": DELIVERIES_KEY,
                "#status": "status",
                "#tries": "tries",
                "#generation": "generation",
                "#due": DELIVERIES_DUE.sort_key,
                "#resends": "resends",
            },
            ExpressionAttributeValues={
                ":pending": {"S": str(planned.status)},
                ":none": {"N": "0"},
                ":generation": {"N": str(planned.generation)},
                ":due": {"S": to_text(again.due_at)},
                ":operation": {"SS": [again.operation_id]},
                ":name": {"S": again.operation_id},
                ":max": {"N": str(MAX_RESENDS)},
            },
            ReturnValues="ALL_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        if not refused_by_condition(error):
            raise
        met = item_met(error)
        return delivery_from(met) if met else None
    return delivery_from(written["Attributes"])
