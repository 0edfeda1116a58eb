"""The rejection of a capture by the network."""

from paysandbox.core.event_type import EventType
from paysandbox.core.record import record, replace
from paysandbox.payments.accounts import MEMO_HOLD, MEMO_HOLD_CONTRA, SCHEME_RECEIVABLE, Move, merchant_pending
from paysandbox.payments.payment import Body, Operation, State, Step


@record(kw_only=True)
class CaptureFailed(Operation):
    """The network rejects a capture that is in no batch.

    Its amount is held again, or released if the hold has ended.
    """

    kind = "capture_fail"
    type_name = "capture_failure"
    event = EventType.PAYMENT_CAPTURE_FAILED

    capture_id: str

    def after(self, state: State, amount: int) -> State:
        """The capture is gone."""
        if state.shares:
            from paysandbox.payments.connect.shares import without_capture  # few payments are shared

            state = without_capture(state, self.capture_id, state.captured - amount)
        return replace(
            state,
            captured=state.captured - amount,
            released=state.released + (amount if state.ended else 0),
            captures={of: balance for of, balance in state.captures.items() if of != self.capture_id},
            lines={of: line for of, line in state.lines.items() if of != self.capture_id},
        )

    def moves(self, step: Step, merchant: str) -> tuple[Move, ...]:
        """Undo J2, then J3 if the hold has ended, and J17 and J18."""
        moves = (
            (MEMO_HOLD, MEMO_HOLD_CONTRA, step.amount),
            (merchant_pending(merchant), SCHEME_RECEIVABLE, step.amount),
            (MEMO_HOLD_CONTRA, MEMO_HOLD, step.released),
        )
        if not step.shares:
            return moves
        from paysandbox.payments.connect.shares import share_moves

        return (*moves, *share_moves(step.before, step.after, merchant))

    def own_facts(self, after: State) -> Body:
        """Which capture."""
        return {"capture_id": self.capture_id}
