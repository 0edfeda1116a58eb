"""The refund of a part of an application fee, apart from a refund of the charge."""

from dataclasses import field

from paysandbox.core.event_type import EventType
from paysandbox.core.record import record
from paysandbox.payments.accounts import Move
from paysandbox.payments.answer_parts import annotations
from paysandbox.payments.connect.shares import share_moves, with_refunded_fee
from paysandbox.payments.payment import Body, Operation, Payment, State, Step
from paysandbox.payments.stored import NUMBER


@record(kw_only=True)
class FeeRefunded(Operation):
    """Refunds a part of a capture's application fee: `amount` in minor units. `metadata` is a map as JSON."""

    kind = "fee_refund"
    type_name = "revision"
    event = EventType.PAYMENT_REVISED

    capture_id: str
    amount: int = field(metadata=NUMBER)
    metadata: str | None = None

    def after(self, state: State, amount: int) -> State:
        """Less is left of the fee. Raises LookupError if less was left already."""
        return with_refunded_fee(state, self.id, self.capture_id, amount, self.at)

    def amount_in(self, payment: Payment, before: State) -> int:
        """Return what it refunds."""
        return self.amount

    def moves(self, step: Step, merchant: str) -> tuple[Move, ...]:
        """J18, the other way."""
        return share_moves(step.before, step.after, merchant)

    def view(self, payment: Payment, step: Step) -> Body:
        """Render it with the merchant's annotations."""
        return step.completed(payment) | annotations(payment, step.after)
