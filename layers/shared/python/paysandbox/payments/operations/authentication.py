"""The result of a 3-D Secure challenge."""

from dataclasses import field

from paysandbox.core.event_type import EventType
from paysandbox.core.record import record, replace
from paysandbox.payments.bank.authentication_result import NOT_FINAL, AuthenticationResult
from paysandbox.payments.payment import NOT_AUTHENTICATED, AuthenticatedAttempt, Body, Operation, Payment, State, Status
from paysandbox.payments.stored import FLAG, text_of
from paysandbox.payments.terms import IntentTerms, Method


@record(kw_only=True)
class Authentication(Operation):
    """The result of a challenge. If the attempt proceeds, its authorization is recorded in the same write, unless the
    intent is confirmed manually: then it waits for the merchant to confirm it again.

    `failed`: the attempt ends without an authorization.
    """

    kind = "authenticate"
    type_name = "authentication"
    event = EventType.PAYMENT_AUTHENTICATED

    challenge_id: str
    result: AuthenticationResult = field(metadata=text_of(AuthenticationResult))
    failed: bool = field(default=False, metadata=FLAG)

    def after(self, state: State, amount: int) -> State:
        """A failure ends the attempt. So does a success if the merchant confirms the intent again itself."""
        if self.failed:
            if state.attempt is None:
                raise LookupError("no attempt waits for the cardholder's authentication")
            terms = state.terms_after_attempt(None, NOT_AUTHENTICATED)
            return replace(state, attempt=None, decline=NOT_AUTHENTICATED, terms=terms)
        terms = state.terms
        if self.result in NOT_FINAL or terms is None or not terms.is_confirmed_manually:
            return state
        return self._awaiting_confirmation(state, terms)

    def _awaiting_confirmation(self, state: State, terms: IntentTerms) -> State:
        """Return the state in which the merchant has to confirm the intent again. Its card is then the attempt's."""
        challenge = state.attempt
        if challenge is None or challenge.status is not Status.REQUIRES_ACTION:
            raise LookupError("no attempt waits for the cardholder's authentication")
        method = terms.method
        if method is None or (method.card, method.id) != (challenge.card, challenge.method_id):
            method = Method(
                challenge.card,
                challenge.response.checks.given,
                challenge.method_id,
                billing_details=challenge.billing_details,
                allow_redisplay=challenge.allow_redisplay,
            )
        done = AuthenticatedAttempt(challenge=challenge, result=self.result)
        # A bank that had asked for the authentication has approved nothing yet, and its decline is answered.
        begun = replace(state, attempt=None, authorized=0, decline=None)
        return replace(begun, authenticated=done, terms=replace(terms, method=method))

    def amount_in(self, payment: Payment, before: State) -> int:
        """Return the amount of the attempt that waits."""
        return before.attempt.amount if before.attempt else before.authorized

    def event_type(self, after: State) -> EventType:
        """A failure is an event of its own."""
        return EventType.PAYMENT_AUTHENTICATION_FAILED if self.failed else self.event

    def own_facts(self, after: State) -> Body:
        """Which challenge had which result."""
        return {"challenge_id": self.challenge_id, "result": str(self.result)}
