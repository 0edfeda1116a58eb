"""An increment of an authorization: the bank is asked to hold more, and approves or declines."""

from dataclasses import field

from paysandbox.core.event_type import EventType
from paysandbox.core.record import record, replace
from paysandbox.payments.accounts import MEMO_HOLD, MEMO_HOLD_CONTRA, Move
from paysandbox.payments.bank.response import Decline, Response
from paysandbox.payments.payment import Body, Operation, Payment, State, Step
from paysandbox.payments.stored import inline, record_of
from paysandbox.payments.terms import IntentTerms


@record(kw_only=True)
class Increment(Operation):
    """The bank's response to a request to hold more. Its amount is the difference, also if it is declined.

    `terms` are the intent's terms without the method, if an approved increment changed others than the amount.
    """

    kind = "increment"
    type_name = "increment"
    event = EventType.PAYMENT_AUTHORIZATION_INCREMENTED

    response: Response = field(metadata=inline(Response))
    terms: IntentTerms | None = field(default=None, metadata=record_of(IntentTerms))

    @property
    def decline(self) -> Decline | None:
        """The decline, or None for an approval."""
        return self.response.decline

    def after(self, state: State, amount: int) -> State:
        """The amount of an intent is what is authorized. A decline changes nothing."""
        if self.decline:
            return state
        authorized, terms = state.authorized + amount, state.restated(self.terms)
        return replace(state, authorized=authorized, terms=terms and replace(terms, amount=authorized))

    def moves(self, step: Step, merchant: str) -> tuple[Move, ...]:
        """J1: hold the difference, if it is approved."""
        return () if self.decline else ((MEMO_HOLD, MEMO_HOLD_CONTRA, step.amount),)

    def event_type(self, after: State) -> EventType:
        """A decline is an event of its own."""
        return EventType.PAYMENT_INCREMENT_DECLINED if self.decline else self.event

    def own_facts(self, after: State) -> Body:
        """Why it was declined."""
        return {"decline_code": self.decline.decline_code} if self.decline else {}

    def view(self, payment: Payment, step: Step) -> Body:
        """Render it with what is authorized after it, and the bank's response."""
        body = step.completed(payment) | {"authorized": step.after.authorized, "remaining": step.after.remaining}
        if self.response.code is not None:
            body["response_code"] = self.response.code
        if self.decline:
            body |= {"status": "declined", "decline_code": self.decline.decline_code}
            body["advice_code"] = self.decline.advice_code
        return body
