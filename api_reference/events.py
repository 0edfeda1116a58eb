"""The shapes of all events, for the document and the tests. Each feature renders its own."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import create_model

from paysandbox.core.event_type import EventType
from paysandbox.disbursements import events as of_disbursements
from paysandbox.donations import events as of_donations
from paysandbox.http.event_envelope import EventEnvelope
from paysandbox.payments.events import rendering as of_payments, step_events as of_later_steps
from paysandbox.settlement import events as of_settlement
from paysandbox.stripe_api.resource_kit import events as of_stripe_objects
from paysandbox.webhooks.events import endpoint_events as of_endpoints

_SHAPES: Final = {
    name: shape
    for module in (
        of_payments,
        of_later_steps,
        of_endpoints,
        of_settlement,
        of_donations,
        of_disbursements,
        of_stripe_objects,
    )
    for name, shape in vars(module).items()
}


def _shape(kind: EventType) -> type[EventEnvelope]:
    """Return the envelope of one type with its data: `PaymentCapturedEvent` for `payment_captured`."""
    fields: dict[str, Any] = {"type": Literal[kind.value], "data": _SHAPES[kind.data_shape]}
    return create_model(f"{kind.title().replace('_', '')}Event", __base__=EventEnvelope, __doc__=kind.meaning, **fields)


EVENTS: Final[Mapping[EventType, type[EventEnvelope]]] = {kind: _shape(kind) for kind in EventType}
