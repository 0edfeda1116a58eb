"""The bank's response to an attempt: an approval or a decline."""

from dataclasses import field

from paysandbox.core.event_type import EventType
from paysandbox.core.record import record, replace
from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments.accounts import MEMO_HOLD, MEMO_HOLD_CONTRA, Move
from paysandbox.payments.answer_parts import card_body, payment_facts
from paysandbox.payments.bank.authentication_result import AuthenticationResult
from paysandbox.payments.bank.response import Decline
from paysandbox.payments.payment import Attempt, Body, Payment, State, Step
from paysandbox.payments.stored import NUMBER, text_of


@record(kw_only=True)
class Authorization(Attempt):
    """The bank's response: an approval or a decline. `requested` is the requested amount, for a partial approval.

    `authentication` is the 3-D Secure result that was sent with it. `source_object` is Stripe's Source that a charge
    was created with, as it was then, in JSON.
    """

    kind = "authorize"
    type_name = "authorization"
    event = EventType.PAYMENT_AUTHORIZED

    requested: int | None = field(default=None, metadata=NUMBER)
    authentication: AuthenticationResult | None = field(default=None, metadata=text_of(AuthenticationResult))
    source_object: str | None = None

    @property
    def decline(self) -> Decline | None:
        """The decline, or None for an approval."""
        return self.response.decline

    def after(self, state: State, amount: int) -> State:
        """The attempt is answered. After a decline, the card is not retried automatically."""
        return replace(
            state,
            authorized=amount,
            attempt=None,
            authenticated=None,
            decline=self.decline,
            terms=state.terms_after_attempt(self.terms, self.decline),
        )

    def amount_in(self, payment: Payment, before: State) -> int:
        """Return what the bank approved. The first operation's amount is the payment's."""
        return payment.amounts.get(self.id, payment.authorized)

    def moves(self, step: Step, merchant: str) -> tuple[Move, ...]:
        """J1: hold what is approved."""
        return () if self.decline else ((MEMO_HOLD, MEMO_HOLD_CONTRA, step.amount),)

    def event_type(self, after: State) -> EventType:
        """A decline is an event of its own."""
        return EventType.PAYMENT_DECLINED if self.decline else self.event

    def view(self, payment: Payment, step: Step) -> Body:
        """Render the payment as it was then."""
        return self.answered(payment, step.after)

    def answered(self, payment: Payment, after: State) -> Body:
        """Render the payment in its state after this. An automatic capture is recorded and answered with it."""
        body = payment_facts(payment, after) | self.bank_response(payment)
        body |= {"status": str(after.status), "transaction_id": self.id}
        if payment.automatic and not self.decline:
            capture = payment.operations[payment.operations.index(self) + 1]
            body["captures"] = [{"transaction_id": capture.id, "amount": payment.amounts[capture.id]}]
        return body

    def bank_response(self, payment: Payment) -> Body:
        """Render what the bank answered, and until when it holds what it approved."""
        checks = self.response.checks
        body: Body = {
            "card": card_body(self.card),
            "checks": {"cvc": str(checks.cvc), "zip": str(checks.zip), "line1": str(checks.line1)},
            "risk_level": str(self.response.risk_level),
        }
        if self.requested is not None:
            body["amount_requested"] = self.requested
        if self.response.code is not None:
            body["response_code"] = self.response.code
        if self.decline:
            body |= {"decline_code": self.decline.decline_code, "advice_code": self.decline.advice_code}
        if self.authentication is not None:
            from paysandbox.payments.attempts.three_d_secure import three_d_secure  # few payments are authenticated

            body["three_d_secure"] = three_d_secure(self.authentication, self.card.brand, sent=True)
        return body if self.decline else body | {"expires_at": format_timestamp(payment.capture_before)}


def last_attempt(payment: Payment) -> Authorization | None:
    """Return the last authorization, or None for an intent that has not been sent to the bank."""
    return next((operation for operation in reversed(payment.operations) if isinstance(operation, Authorization)), None)


def authorization_of(payment: Payment) -> Authorization:
    """Return the last authorization; the only one, except for an intent. Raises AssertionError if there is none."""
    attempt = last_attempt(payment)
    if attempt is None:
        raise AssertionError(f"{payment.id} has no authorization")
    return attempt
