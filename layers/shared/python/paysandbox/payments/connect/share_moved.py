"""What the operations have in common that move a part of a share by themselves, apart from captures and refunds."""

from dataclasses import field

from paysandbox.core.event_type import EventType
from paysandbox.core.record import record
from paysandbox.payments.accounts import Move
from paysandbox.payments.answer_parts import annotations
from paysandbox.payments.connect.shares import share_moves
from paysandbox.payments.payment import Body, Operation, Payment, State, Step
from paysandbox.payments.stored import NUMBER


@record(kw_only=True)
class ShareMoved(Operation):
    """Moves `amount` (minor units) between the payment's merchant and another one."""

    type_name = "revision"
    event = EventType.PAYMENT_REVISED

    amount: int = field(metadata=NUMBER)

    def amount_in(self, payment: Payment, before: State) -> int:
        """Return what it moves."""
        return self.amount

    def moves(self, step: Step, merchant: str) -> tuple[Move, ...]:
        """J17 or J18, or its return."""
        return share_moves(step.before, step.after, merchant)

    def view(self, payment: Payment, step: Step) -> Body:
        """Render it with the merchant's annotations."""
        return step.completed(payment) | annotations(payment, step.after)
