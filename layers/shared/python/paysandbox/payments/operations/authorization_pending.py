"""An attempt that waits for the bank."""

from paysandbox.core.event_type import EventType
from paysandbox.core.record import record
from paysandbox.payments.answer_parts import unanswered_attempt
from paysandbox.payments.payment import AuthorizationBegun, Body, Payment, Status, Step


@record(kw_only=True)
class AuthorizationPending(AuthorizationBegun):
    """The bank was asked and has not answered."""

    kind = "pend"
    type_name = "pending_authorization"
    event = EventType.PAYMENT_PROCESSING
    status = Status.PROCESSING

    def view(self, payment: Payment, step: Step) -> Body:
        """Render the payment."""
        return unanswered_attempt(payment, step.after, self)
