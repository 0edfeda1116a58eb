"""An update of a merchant's notes on a charge or refund."""

from dataclasses import field, fields

from paysandbox.core.event_type import EventType
from paysandbox.core.record import record, replace
from paysandbox.payments.answer_parts import annotations
from paysandbox.payments.payment import Body, Operation, Payment, State, Step
from paysandbox.payments.stored import inline


@record(kw_only=True)
class Notes:
    """A merchant's notes on a charge or refund of the Stripe-compatible API. `metadata` is a map as JSON.

    A refund has metadata only. `user_report` is the merchant's report of a charge: `safe` or `fraudulent`. In an
    update, None leaves a note as it is, and an empty text clears it.
    """

    description: str | None = None
    metadata: str | None = None
    receipt_email: str | None = None
    user_report: str | None = None

    def updated(self, update: "Notes") -> "Notes":
        """Return these notes after an update."""
        changed = {each.name: text for each in fields(update) if (text := getattr(update, each.name)) is not None}
        return replace(self, **changed)


@record(kw_only=True)
class NotesUpdated(Operation):
    """Updates the notes on the charge or refund that the operation `of` is shown as. It moves no money."""

    kind = "note"
    type_name = "revision"
    event = EventType.PAYMENT_REVISED

    of: str
    notes: Notes = field(metadata=inline(Notes))

    def after(self, state: State, amount: int) -> State:
        """Nothing changes."""
        return state

    def amount_in(self, payment: Payment, before: State) -> int:
        """Return the authorized amount."""
        return before.authorized

    def view(self, payment: Payment, step: Step) -> Body:
        """Render it with the merchant's annotations."""
        return step.completed(payment) | annotations(payment, step.after)
