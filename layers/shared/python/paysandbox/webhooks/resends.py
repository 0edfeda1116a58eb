"""Sending a delivery again: the same item, opened anew, once by the id of what asked for it."""

from dataclasses import dataclass, replace
from datetime import datetime

from paysandbox.core.errors import Code, Refused
from paysandbox.webhooks.deliveries import Deliveries, put_delivery
from paysandbox.webhooks.delivery import MAX_RESENDS, Delivery
from paysandbox.webhooks.delivery_writes import reopen


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
            found = reopen(
                deliveries, planned.id, planned.generation, again.operation_id, again.due_at
            )  # planned by another in between
    if found is None:
        raise Refused(Code.SERVICE_UNAVAILABLE, "Try again with the same key.")  # purged in between
    if again.operation_id not in found.resends:
        raise Refused(
            Code.TOO_MANY_RESENDS,
            f"A delivery can be resent at most {MAX_RESENDS} times.",
            possible={"delivery_id": found.id},
        )
    return found


def _reopen(deliveries: Deliveries, planned: Delivery, again: Resend) -> Delivery | None:
    return reopen(deliveries, planned.id, planned.generation, again.operation_id, again.due_at)
