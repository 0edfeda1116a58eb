"""The return of a part of what a capture shares, apart from a refund."""

from dataclasses import field

from paysandbox.core.event_type import EventType
from paysandbox.core.record import record
from paysandbox.payments.accounts import Move
from paysandbox.payments.answer_parts import annotations
from paysandbox.payments.connect.shares import Returned, share_moves, with_returned
from paysandbox.payments.payment import Body, Operation, Payment, State, Step
from paysandbox.payments.stored import FLAG, NUMBER


@record(kw_only=True)
class ShareReturned(Operation):
    """Reverses a part of a capture's transfer, or refunds a part of its application fee (`of_fee`).

    `amount` is in minor units. `metadata`, a map as JSON, and `description` are those of the reversal or fee refund
    that it is shown as.
    """

    kind = "share_return"
    type_name = "revision"
    event = EventType.PAYMENT_REVISED

    capture_id: str
    amount: int = field(metadata=NUMBER)
    of_fee: bool = field(default=False, metadata=FLAG)
    metadata: str | None = None
    description: str | None = None

    @property
    def returned(self) -> Returned:
        """What it returns a part of."""
        return "fee" if self.of_fee else "transfer"

    def after(self, state: State, amount: int) -> State:
        """Less is left of the share. Raises LookupError if less was left already."""
        return with_returned(state, self.id, self.capture_id, self.returned, amount, self.at)

    def amount_in(self, payment: Payment, before: State) -> int:
        """Return what it returns."""
        return self.amount

    def moves(self, step: Step, merchant: str) -> tuple[Move, ...]:
        """J17 or J18, the other way."""
        return share_moves(step.before, step.after, merchant)

    def view(self, payment: Payment, step: Step) -> Body:
        """Render it with the merchant's annotations."""
        return step.completed(payment) | annotations(payment, step.after)
