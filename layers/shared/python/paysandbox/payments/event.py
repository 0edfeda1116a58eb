"""Events: what others hear of a payment. An operation that was recorded is an event, and nothing else is one; a
settlement is one for each capture and refund that it settles.

Whoever reads the ledger's stream derives them, and whoever reads the ledger derives the same ones again. Besides there
are events of webhook endpoints, which whoever tries or disables one tells, of batches, which the run tells that
closes one, and of donations, which follow from their own table (`donations/event.py`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from paysandbox.core import ids
from paysandbox.core.event_type import EventType
from paysandbox.payments.operation import (
    Authorization,
    Capture,
    Expiry,
    IntentCreated,
    IntentUpdated,
    Operation,
    Refund,
    Settled,
    Settlement,
    Void,
)
from paysandbox.payments.payment import Payment, Step, steps

_TYPES: Final[Mapping[type[Operation], EventType]] = {
    IntentCreated: EventType.PAYMENT_OPENED,
    IntentUpdated: EventType.PAYMENT_REVISED,
    Authorization: EventType.PAYMENT_AUTHORIZED,
    Capture: EventType.PAYMENT_CAPTURED,
    Void: EventType.PAYMENT_VOIDED,
    Refund: EventType.PAYMENT_REFUNDED,
    Expiry: EventType.PAYMENT_EXPIRED,
    Settlement: EventType.TRANSACTION_SETTLED,
}


@dataclass(frozen=True, slots=True)
class Event:
    """One operation of a payment, told. `sequence` is its place among the payment's operations, from 1.

    `settled` is the capture or refund that the event is about, where the operation is a settlement: all events of that
    settlement have its sequence, and ids of their own.
    """

    id: str
    type: EventType
    sequence: int
    payment: Payment
    step: Step
    settled: Settled | None = None

    @property
    def at(self) -> datetime:
        """When it happened (UTC, the sandbox's time), not when it is told."""
        return self.step.operation.at

    @property
    def merchant(self) -> str:
        """Whose payment it is."""
        return self.payment.merchant


def events_of(before: Payment | None, after: Payment) -> tuple[Event, ...]:
    """What a write told of: the operations that it appended. None for most writes that are no operation.

    An automatic capture is two, a settlement as many as it settles. Raises AssertionError where the operations before
    are not the beginning of those after, since the list is append-only.
    """
    known = before.operations if before else ()
    if after.operations[: len(known)] != known:
        raise AssertionError(f"{after.id} has lost operations that it had")
    return tuple(
        event
        for sequence, step in enumerate(steps(after), start=1)
        if sequence > len(known)
        for event in _told(sequence, after, step)
    )


def _told(sequence: int, payment: Payment, step: Step) -> Iterator[Event]:
    operation = step.operation
    if not isinstance(operation, Settlement):
        yield Event(ids.event_id(operation.id), _type(step), sequence, payment, step)
        return
    for settled in operation.settled:
        yield Event(ids.event_id(operation.id, settled.id), _type(step), sequence, payment, step, settled)


def _type(step: Step) -> EventType:
    declined = isinstance(step.operation, Authorization) and step.operation.decline
    return EventType.PAYMENT_DECLINED if declined else _TYPES[type(step.operation)]
