"""Payment events. Every recorded operation is one event, except a settlement, which is one event for each capture and
refund that it settles.

They are derived from the ledger's stream, and can be derived again from the ledger with the same result. Events of
other resources have other sources: endpoint events come from testing or disabling an endpoint, settlement events from
the run that closes the batch, and donation events from the donations table (`donations/event.py`).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from paysandbox.core import ids
from paysandbox.core.event_type import EventType
from paysandbox.core.record import record
from paysandbox.payments.operations.settlement import Settled, Settlement
from paysandbox.payments.payment import Payment, Step, steps


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

    @property
    def has_follow_up(self) -> bool:
        """Whether objects of the Stripe-compatible API may follow from it, which are stored before it is published.

        They are a customer's saved card, a completed Checkout session, a settled invoice, a transfer and an application
        fee. An invoice always has a customer.
        """
        before, after = self.step.before, self.step.after
        terms = after.terms
        of_terms = terms is not None and (terms.customer is not None or terms.checkout_session is not None)
        return of_terms or before.shares != after.shares


def events_of(before: Payment | None, after: Payment) -> tuple[Event, ...]:
    """Return the events of the operations that a write appended; empty if it appended none.

    An authorization with automatic capture is two events, and a settlement one for each capture and refund. Raises
    AssertionError if the earlier operations are not a prefix of the later ones, because the list is append-only.
    """
    return events_of_steps(before, after, [*steps(after)])


def events_of_steps(before: Payment | None, after: Payment, folded: Sequence[Step]) -> tuple[Event, ...]:
    """Return what `events_of` does, by the steps of `after`. Raises as it does."""
    known = before.operations if before else ()
    if after.operations[: len(known)] != known:
        raise AssertionError(f"{after.id} has lost operations")
    return tuple(
        event
        for sequence, step in enumerate(folded[len(known) :], start=len(known) + 1)
        for event in _step_events(sequence, after, step)
    )


def _step_events(sequence: int, payment: Payment, step: Step) -> Iterator[Event]:
    operation = step.operation
    kind = operation.event_type(step.after)
    if not isinstance(operation, Settlement):
        yield Event(ids.event_id(operation.id), kind, sequence, payment, step)
        return
    for place, settled in enumerate(operation.settled):
        yield Event(ids.event_id(operation.id, settled.id), kind, sequence, payment, step, settled, place)
