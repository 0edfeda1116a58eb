"""Payment events. Every recorded operation is one event, except a settlement, which is one event for each capture and
refund that it settles.

They are derived from the ledger's stream, and can be derived again from the ledger with the same result. Events of
other resources have other sources: endpoint events come from testing or disabling an endpoint, settlement events from
the run that closes the batch, and donation events from the donations table (`donations/event.py`).
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from paysandbox.core import ids
from paysandbox.core.event_type import EventType
from paysandbox.core.record import record
from paysandbox.payments.operation import DisputeStep, Operation
from paysandbox.payments.operations.authentication import Authentication
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.operations.authorization_pending import AuthorizationPending
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.operations.capture_failed import CaptureFailed
from paysandbox.payments.operations.challenge_requested import ChallengeRequested
from paysandbox.payments.operations.expiry import Expiry
from paysandbox.payments.operations.fraud_warning import FraudWarning
from paysandbox.payments.operations.intent_created import IntentCreated
from paysandbox.payments.operations.intent_updated import IntentUpdated
from paysandbox.payments.operations.notes_updated import NotesUpdated
from paysandbox.payments.operations.presentment_delayed import PresentmentDelayed
from paysandbox.payments.operations.refund import Refund
from paysandbox.payments.operations.refund_updated import RefundUpdated
from paysandbox.payments.operations.reversal import Reversal
from paysandbox.payments.operations.settlement import Settled, Settlement
from paysandbox.payments.operations.void import Void
from paysandbox.payments.payment import Payment, Step, steps
from paysandbox.payments.refund_status import RefundStatus

_TYPES: Final[Mapping[type[Operation], EventType]] = {
    IntentCreated: EventType.PAYMENT_OPENED,
    IntentUpdated: EventType.PAYMENT_REVISED,
    NotesUpdated: EventType.PAYMENT_REVISED,
    Authorization: EventType.PAYMENT_AUTHORIZED,
    Capture: EventType.PAYMENT_CAPTURED,
    Void: EventType.PAYMENT_VOIDED,
    Refund: EventType.PAYMENT_REFUNDED,
    Expiry: EventType.PAYMENT_EXPIRED,
    Settlement: EventType.TRANSACTION_SETTLED,
    ChallengeRequested: EventType.PAYMENT_REQUIRES_ACTION,
    AuthorizationPending: EventType.PAYMENT_PROCESSING,
    Authentication: EventType.PAYMENT_AUTHENTICATED,
    CaptureFailed: EventType.PAYMENT_CAPTURE_FAILED,
    PresentmentDelayed: EventType.PAYMENT_PRESENTMENT_DELAYED,
    Reversal: EventType.PAYMENT_REVERSED,
    FraudWarning: EventType.PAYMENT_FRAUD_WARNING,
}
_OF_REFUNDS: Final[Mapping[RefundStatus, EventType]] = {
    RefundStatus.PENDING: EventType.REFUND_CREATED,
    RefundStatus.REQUIRES_ACTION: EventType.REFUND_REQUIRES_ACTION,
    RefundStatus.SUCCEEDED: EventType.PAYMENT_REFUNDED,
    RefundStatus.FAILED: EventType.REFUND_FAILED,
    RefundStatus.CANCELED: EventType.REFUND_CANCELED,
}


@record
class Event:
    """The event of one operation. `sequence` is the operation's position in the payment, starting at 1.

    If the operation is a settlement, `settled` is the capture or refund that the event is about. All events of one
    settlement have the same sequence, and different IDs. `place` is the event's among them, from 0.
    """

    id: str
    type: EventType
    sequence: int
    payment: Payment
    step: Step
    settled: Settled | None = None
    place: int = 0

    @property
    def at(self) -> datetime:
        """When the operation happened (UTC, the sandbox's time), not when the event is published."""
        return self.step.operation.at

    @property
    def merchant(self) -> str:
        """The payment's merchant."""
        return self.payment.merchant


def events_of(before: Payment | None, after: Payment) -> tuple[Event, ...]:
    """Return the events of the operations that a write appended; empty if it appended none.

    An authorization with automatic capture is two events, and a settlement one for each capture and refund. Raises
    AssertionError if the earlier operations are not a prefix of the later ones, because the list is append-only.
    """
    known = before.operations if before else ()
    if after.operations[: len(known)] != known:
        raise AssertionError(f"{after.id} has lost operations")
    return tuple(
        event
        for sequence, step in enumerate(steps(after), start=1)
        if sequence > len(known)
        for event in _step_events(sequence, after, step)
    )


def _step_events(sequence: int, payment: Payment, step: Step) -> Iterator[Event]:
    operation = step.operation
    if not isinstance(operation, Settlement):
        yield Event(ids.event_id(operation.id), _type(step), sequence, payment, step)
        return
    for place, settled in enumerate(operation.settled):
        yield Event(ids.event_id(operation.id, settled.id), _type(step), sequence, payment, step, settled, place)


def _type(step: Step) -> EventType:
    match step.operation:
        case Authorization() if step.operation.decline:
            return EventType.PAYMENT_DECLINED
        case Authentication(failed=True):
            return EventType.PAYMENT_AUTHENTICATION_FAILED
        case Refund(pending=True):
            return EventType.REFUND_CREATED
        case DisputeStep():
            from paysandbox.payments.disputes.events import event_type_of  # few payments have a dispute

            return event_type_of(step.operation, step.after.disputes[step.operation.dispute_id])
        case RefundUpdated():
            return _OF_REFUNDS[step.operation.status]
        case _:
            return _TYPES[type(step.operation)]
