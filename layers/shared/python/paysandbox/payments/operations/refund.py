"""A refund of captured money."""

from dataclasses import field

from paysandbox.core.event_type import EventType
from paysandbox.core.record import record, replace
from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments.accounts import REFUND_CLEARING, SCHEME_RECEIVABLE, Move, merchant_pending
from paysandbox.payments.payment import Body, LineKind, Operation, Payment, RefundBalance, State, Step
from paysandbox.payments.refund_status import RefundStatus
from paysandbox.payments.stored import FLAG, PARTS


@record(kw_only=True)
class Refund(Operation):
    """Refunds captured money. If `capture_id` is None, the payment's only capture, by the authorization's ID.

    If it refunds several captures, `spread` has the amount of each (minor units). `pending`: it has not succeeded yet.
    `reverse_transfer` and `refund_fee`: it returns its part of what the captures shared, at once and for good.
    """

    kind = "refund"
    type_name = "refund"
    event = EventType.PAYMENT_REFUNDED

    capture_id: str | None = None
    reason: str | None = None
    spread: tuple[tuple[str, int], ...] = field(default=(), metadata=PARTS)
    metadata: str | None = None
    pending: bool = field(default=False, metadata=FLAG)
    reverse_transfer: bool = field(default=False, metadata=FLAG)
    refund_fee: bool = field(default=False, metadata=FLAG)

    def after(self, state: State, amount: int) -> State:
        """It is to be settled once it has succeeded."""
        # A refund by the authorization's ID is accepted only while there is a single capture, so it is of that.
        parts = self.spread or ((self.capture_id or next(iter(state.captures)), amount),)
        status = RefundStatus.PENDING if self.pending else RefundStatus.SUCCEEDED
        balance = RefundBalance(amount=amount, status=status, parts=parts)
        after = replace(state, refunds={**state.refunds, self.id: balance})
        if self.reverse_transfer or self.refund_fee:
            from paysandbox.payments.connect.shares import with_refunded_share  # few refunds return a share

            after = with_refunded_share(
                after, self.id, parts, self.at, reverse_transfer=self.reverse_transfer, refund_fee=self.refund_fee
            )
        if self.pending:
            return after.with_refund_moved(balance, pending=1)
        moved = after.with_refund_moved(balance, refunded=1)
        return moved.with_line(self.id, LineKind.REFUND, -amount, self.at)

    def moves(self, step: Step, merchant: str) -> tuple[Move, ...]:
        """J4: take it from the merchant. J5, if it has succeeded: owe it to the network. J17, J18: return its share."""
        pending = merchant_pending(merchant)
        accepted = (pending, REFUND_CLEARING, step.amount)
        moves = (accepted,) if self.pending else (accepted, (REFUND_CLEARING, SCHEME_RECEIVABLE, step.amount))
        if not step.shares:
            return moves
        from paysandbox.payments.connect.shares import share_moves

        return (*moves, *share_moves(step.before, step.after, merchant))

    def event_type(self, after: State) -> EventType:
        """One that has not succeeded is only created."""
        return EventType.REFUND_CREATED if self.pending else self.event

    def own_facts(self, after: State) -> Body:
        """Which capture, the first of several, and why."""
        reason = {"reason": self.reason} if self.reason is not None else {}
        return {"capture_id": after.refunds[self.id].parts[0][0]} | reason

    def view(self, payment: Payment, step: Step) -> Body:
        """Render the refund."""
        return self.view_after(payment, step)

    def view_after(self, payment: Payment, step: Step) -> Body:
        """Render the refund after a step of it. One that succeeded is `completed`, as any operation of a merchant."""
        balance = step.after.refunds[self.id]
        capture_id = balance.parts[0][0]
        succeeded = balance.status is RefundStatus.SUCCEEDED
        body: Body = step.completed(payment) | {
            "status": "completed" if succeeded else str(balance.status),
            "transaction_id": self.id,
            "created_at": format_timestamp(self.at),
        }
        if self.reason is not None:
            body["reason"] = self.reason
        body |= {"capture_id": capture_id, "refundable": step.after.captures[capture_id].refundable}
        return body | ({"failure_reason": balance.failure} if balance.failure is not None else {})
