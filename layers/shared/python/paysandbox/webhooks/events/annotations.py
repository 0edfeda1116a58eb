"""Annotate the trace of a worker with the payment and the trace that an event comes from.

X-Ray cannot join two traces afterwards: `annotation.trace_id` leads from the worker's trace to the request's.
"""

from paysandbox.aws import tracing
from paysandbox.aws.trace_context import xray_id_in
from paysandbox.core.ids import payment_of
from paysandbox.webhooks.events.event_store import StoredEvent, operation_of_event


def annotate_event(event: StoredEvent, *, outcome: str) -> None:
    """Annotate what is done with an event whose operation was recorded in a trace."""
    operation = operation_of_event(event)
    tracing.annotate(
        payment_id=payment_of(operation) if operation else None,
        merchant=event.merchant,
        outcome=outcome,
        trace_id=xray_id_in(event.trace),
    )
