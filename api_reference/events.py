"""All event types, for the document and the tests. Each feature renders its own."""

from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Final, get_args

from paysandbox.core.event_type import EventType
from paysandbox.disbursements import events as of_disbursements
from paysandbox.donations import events as of_donations
from paysandbox.http.event_envelope import EventEnvelope
from paysandbox.payments import events as of_payments, step_events as of_later_steps
from paysandbox.settlement import events as of_settlement
from paysandbox.webhooks import events as of_endpoints


def _shapes(module: ModuleType) -> Iterator[tuple[str, type[EventEnvelope]]]:
    """The schemas of a feature's events, by type."""
    for shape in vars(module).values():
        if isinstance(shape, type) and issubclass(shape, EventEnvelope) and shape is not EventEnvelope:
            (name,) = get_args(shape.model_fields["type"].annotation)
            yield name, shape


_BY_NAME: Final = dict(
    pair
    for module in (of_payments, of_later_steps, of_endpoints, of_settlement, of_donations, of_disbursements)
    for pair in _shapes(module)
)
EVENTS: Final[Mapping[EventType, type[EventEnvelope]]] = {each: _BY_NAME[each] for each in EventType}
