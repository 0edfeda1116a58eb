"""A later step of a refund: it succeeds, fails, is canceled, or waits."""

from collections.abc import Mapping
from dataclasses import field
from typing import Final

from paysandbox.core.event_type import EventType
from paysandbox.core.record import record, replace
from paysandbox.payments.accounts import REFUND_CLEARING, SCHEME_RECEIVABLE, Move, merchant_pending
from paysandbox.payments.operations.refund import Refund
from paysandbox.payments.payment import Body, LineKind, Operation, Payment, State, Step
from paysandbox.payments.refund_status import OPEN_REFUND, RefundStatus
from paysandbox.payments.stored import text_of

_EVENTS: Final[Mapping[RefundStatus, EventType]] = {
    RefundStatus.PENDING: EventType.REFUND_CREATED,
    RefundStatus.REQUIRES_ACTION: EventType.REFUND_REQUIRES_ACTION,
    RefundStatus.SUCCEEDED: EventType.PAYMENT_REFUNDED,
    RefundStatus.FAILED: EventType.REFUND_FAILED,
    RefundStatus.CANCELED: EventType.REFUND_CANCELED,
}


@record(kw_only=True)
class RefundUpdated(Operation):
    """A refund succeeds, fails, is canceled, or waits for the cardholder. `reason` is why it failed."""

    kind = "refund_update"
    type_name = "refund_update"

    refund_id: str
    status: RefundStatus = field(metadata=text_of(RefundStatus))
    reason: str | None = None

    def after(self, state: State, amount: int) -> State:
        """It is settled once it has succeeded, and once more if it failed after that."""
        refund = state.refunds[self.refund_id]
        is_open, stays_open = refund.status in OPEN_REFUND, self.status in OPEN_REFUND
        after = state
        if is_open and self.status is RefundStatus.SUCCEEDED:
            after = state.with_refund_moved(refund, pending=-1, refunded=1)
            after = after.with_line(self.refund_id, LineKind.REFUND, -amount, self.at)
        elif is_open and not stays_open:
            after = state.with_refund_moved(refund, pending=-1)
        elif refund.status is RefundStatus.SUCCEEDED and self.status is RefundStatus.FAILED:
            after = state.with_refund_moved(refund, refunded=-1)
            after = after.with_line(self.id, LineKind.REFUND_REVERSAL, amount, self.at)
        elif not (is_open and stays_open):
            raise LookupError(f"{self.refund_id} is {refund.status} and cannot become {self.status}")
        updated = replace(refund, status=self.status, failure=self.reason)
        return replace(after, refunds={**state.refunds, self.refund_id: updated})

    def amount_in(self, payment: Payment, before: State) -> int:
        """Return the refund's amount."""
        return before.refunds[self.refund_id].amount

    def moves(self, step: Step, merchant: str) -> tuple[Move, ...]:
        """J5: it succeeded. J6 and J7: give it back to the merchant, as it had not succeeded or as it had."""
        pending = merchant_pending(merchant)
        if self.status in OPEN_REFUND:
            return ()
        if self.status is RefundStatus.SUCCEEDED:
            return ((REFUND_CLEARING, SCHEME_RECEIVABLE, step.amount),)
        was_open = step.before.refunds[self.refund_id].status in OPEN_REFUND
        return ((REFUND_CLEARING if was_open else SCHEME_RECEIVABLE, pending, step.amount),)

    def event_type(self, after: State) -> EventType:
        """Each status is an event of its own."""
        return _EVENTS[self.status]

    def own_facts(self, after: State) -> Body:
        """Which refund, its status, and why it failed."""
        reason = {"failure_reason": self.reason} if self.reason is not None else {}
        return {"refund_id": self.refund_id, "refund_status": str(self.status)} | reason

    def view(self, payment: Payment, step: Step) -> Body:
        """Render the refund."""
        refund = next(operation for operation in payment.operations if operation.id == self.refund_id)
        if not isinstance(refund, Refund):
            raise AssertionError(f"{refund} is not a refund")
        return refund.view_after(payment, step)
