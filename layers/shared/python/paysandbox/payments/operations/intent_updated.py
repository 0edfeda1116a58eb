"""An update of an intent's terms, or of a payment's descriptive fields."""

from dataclasses import field

from paysandbox.core.event_type import EventType
from paysandbox.core.record import record, replace
from paysandbox.payments.answer_parts import annotations
from paysandbox.payments.payment import Body, Operation, Payment, State, Step
from paysandbox.payments.stored import record_of
from paysandbox.payments.terms import IntentTerms


@record(kw_only=True)
class IntentUpdated(Operation):
    """Replaces the terms of an intent. The amount and the card can change until the bank approves."""

    kind = "revise"
    type_name = "revision"
    event = EventType.PAYMENT_REVISED

    terms: IntentTerms = field(metadata=record_of(IntentTerms))

    def after(self, state: State, amount: int) -> State:
        """Another amount or card ends an attempt that waits for the cardholder."""
        is_same = state.terms is None or (state.terms.amount, state.terms.method) == (amount, self.terms.method)
        if is_same:
            return replace(state, terms=self.terms)
        return replace(state, terms=self.terms, attempt=None, authenticated=None)

    def amount_in(self, payment: Payment, before: State) -> int:
        """Return the amount of the terms."""
        return self.terms.amount

    def view(self, payment: Payment, step: Step) -> Body:
        """Render it with the merchant's annotations."""
        return step.completed(payment) | annotations(payment, step.after)
