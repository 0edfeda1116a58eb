"""An attempt that waits for the cardholder (3-D Secure)."""

from dataclasses import field

from paysandbox.core.event_type import EventType
from paysandbox.core.record import record
from paysandbox.payments.answer_parts import unanswered_attempt
from paysandbox.payments.attempts.three_d_secure import three_d_secure
from paysandbox.payments.bank.authentication_result import AuthenticationResult
from paysandbox.payments.payment import AuthorizationBegun, Body, Payment, Status, Step
from paysandbox.payments.stored import flag


@record(kw_only=True)
class ChallengeRequested(AuthorizationBegun):
    """The cardholder must be authenticated before the bank is asked. `return_url` is where the page leads afterwards.

    `base_url` is the address of the API by which the caller reached it, under which the cardholder finds the page.
    `proceeds_if_unavailable`: whether the merchant wants to authorize although the issuer cannot authenticate.
    """

    kind = "challenge"
    type_name = "challenge"
    event = EventType.PAYMENT_REQUIRES_ACTION
    status = Status.REQUIRES_ACTION

    base_url: str
    return_url: str | None = None
    proceeds_if_unavailable: bool = field(default=True, metadata=flag("declines_if_unavailable"))

    def view(self, payment: Payment, step: Step) -> Body:
        """Render the payment with the authentication that it waits for."""
        return unanswered_attempt(payment, step.after, self) | self.authentication(AuthenticationResult.CHALLENGE)

    def authentication(self, result: AuthenticationResult) -> Body:
        """Render a result of the authentication, which no authorization was sent with."""
        return {"three_d_secure": three_d_secure(result, self.card.brand)}
