"""Resend a delivery: reopen the same item, once per operation ID."""

from datetime import datetime

from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import record, replace
from paysandbox.webhooks.deliveries.deliveries import Deliveries, put_delivery
from paysandbox.webhooks.deliveries.writes import reopen
from paysandbox.webhooks.delivery import MAX_RESENDS, Delivery


@record
class Resend:
    """A request to resend. `due_at` is when the sweep picks the delivery up if it never reaches a queue."""

    operation_id: str
    due_at: datetime


def resend(deliveries: Deliveries, planned: Delivery, request: Resend) -> Delivery:
    """Reopen a delivery, or create it if it does not exist. Returns the stored delivery.

    `planned` is the delivery as planned now: pending, never tried. Repeating the call with the same operation ID
    changes nothing, however far the delivery has progressed. Raises Refused(too_many_resends).
    """
    stored = _reopen(deliveries, planned, request)
    if stored is None:
        new = replace(planned, resends=frozenset({request.operation_id}), due_at=request.due_at)
        stored = put_delivery(deliveries, new)
        if request.operation_id not in stored.resends:
            stored = reopen(
                deliveries, planned.id, planned.generation, request.operation_id, request.due_at
            )  # created concurrently
    if stored is None:
        raise Refused(Code.SERVICE_UNAVAILABLE, "Retry with the same idempotency key.")  # expired concurrently
    if request.operation_id not in stored.resends:
        raise Refused(
            Code.TOO_MANY_RESENDS,
            f"A delivery can be resent at most {MAX_RESENDS} times.",
            possible={"delivery_id": stored.id},
        )
    return stored


def _reopen(deliveries: Deliveries, planned: Delivery, request: Resend) -> Delivery | None:
    return reopen(deliveries, planned.id, planned.generation, request.operation_id, request.due_at)
