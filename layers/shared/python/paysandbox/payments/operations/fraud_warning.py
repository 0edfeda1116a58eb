"""An early fraud warning of the card's bank."""

from paysandbox.core.event_type import EventType
from paysandbox.core.record import record
from paysandbox.payments.payment import Body, Operation, Payment, State


@record(kw_only=True)
class FraudWarning(Operation):
    """The card's bank warns that the cardholder may dispute a capture as fraud. It moves no money."""

    kind = "warn"
    type_name = "fraud_warning"
    event = EventType.PAYMENT_FRAUD_WARNING

    capture_id: str

    def after(self, state: State, amount: int) -> State:
        """Nothing changes."""
        return state

    def amount_in(self, payment: Payment, before: State) -> int:
        """Return the capture's amount."""
        return before.captures[self.capture_id].amount

    def own_facts(self, after: State) -> Body:
        """Which capture."""
        return {"capture_id": self.capture_id}
