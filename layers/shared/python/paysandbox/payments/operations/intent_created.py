"""The creation of an intent: nothing is sent to the bank yet."""

from dataclasses import field

from paysandbox.core.event_type import EventType
from paysandbox.core.record import record, replace
from paysandbox.payments.answer_parts import annotations
from paysandbox.payments.payment import INTENT, Body, Operation, Payment, State, Step
from paysandbox.payments.stored import record_of
from paysandbox.payments.terms import IntentTerms


@record(kw_only=True)
class IntentCreated(Operation):
    """Creates an intent. Nothing is sent to the bank yet."""

    kind = INTENT
    type_name = "opening"
    event = EventType.PAYMENT_OPENED

    terms: IntentTerms = field(metadata=record_of(IntentTerms))

    def after(self, state: State, amount: int) -> State:
        """It has terms."""
        return replace(state, terms=self.terms)

    def amount_in(self, payment: Payment, before: State) -> int:
        """Return the amount of the terms."""
        return self.terms.amount

    def view(self, payment: Payment, step: Step) -> Body:
        """Render it with the merchant's annotations."""
        return step.completed(payment) | annotations(payment, step.after)
