"""A capture of authorized money."""

from dataclasses import field

from paysandbox.core.event_type import EventType
from paysandbox.core.record import record, replace
from paysandbox.payments.accounts import MEMO_HOLD, MEMO_HOLD_CONTRA, SCHEME_RECEIVABLE, Move, merchant_pending
from paysandbox.payments.payment import Body, CaptureBalance, LineKind, Operation, Payment, State, Step
from paysandbox.payments.stored import FLAG, record_of
from paysandbox.payments.terms import IntentTerms


@record(kw_only=True)
class Capture(Operation):
    """Captures part of the authorization. A `final` capture releases the rest.

    `terms` are the intent's terms without the method, if the capture changed any.
    """

    kind = "capture"
    type_name = "capture"
    event = EventType.PAYMENT_CAPTURED

    final: bool = field(default=False, metadata=FLAG)
    terms: IntentTerms | None = field(default=None, metadata=record_of(IntentTerms))

    def after(self, state: State, amount: int) -> State:
        """It can be refunded, and is to be settled."""
        released = state.remaining - amount if self.final else 0
        after = replace(
            state,
            terms=state.restated(self.terms),
            captured=state.captured + amount,
            released=state.released + released,
            captures={**state.captures, self.id: CaptureBalance(amount=amount)},
        )
        after = after.with_line(self.id, LineKind.CAPTURE, amount, self.at)
        if after.terms is None or after.terms.connect is None:
            return after
        from paysandbox.payments.connect.shares import with_share  # few payments are shared

        return with_share(after, self.id, amount, after.terms.connect, self.at)

    def moves(self, step: Step, merchant: str) -> tuple[Move, ...]:
        """J2: owe the captured amount to the merchant. J3: release the rest, if it is the last. J17, J18: share it."""
        moves = (
            (MEMO_HOLD_CONTRA, MEMO_HOLD, step.amount),
            (SCHEME_RECEIVABLE, merchant_pending(merchant), step.amount),
            (MEMO_HOLD_CONTRA, MEMO_HOLD, step.released),
        )
        if not step.shares:
            return moves
        from paysandbox.payments.connect.shares import share_moves

        return (*moves, *share_moves(step.before, step.after, merchant))

    def own_facts(self, after: State) -> Body:
        """Whether it was the last."""
        return {"final": self.final}

    def view(self, payment: Payment, step: Step) -> Body:
        """Render it with what was left to capture."""
        return super().view(payment, step) | {"remaining": step.after.remaining, "released": step.released}
