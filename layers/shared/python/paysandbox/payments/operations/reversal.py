"""A release of the hold by the card's bank."""

from paysandbox.core.event_type import EventType
from paysandbox.core.record import record, replace
from paysandbox.payments.accounts import MEMO_HOLD, MEMO_HOLD_CONTRA, Move
from paysandbox.payments.payment import Operation, State, Status, Step


@record(kw_only=True)
class Reversal(Operation):
    """The card's bank releases all or part of the uncaptured amount."""

    kind = "reverse"
    type_name = "reversal"
    event = EventType.PAYMENT_REVERSED

    def after(self, state: State, amount: int) -> State:
        """The payment is over if nothing remains."""
        ended = state.ended if amount < state.remaining else Status.REVERSED
        return replace(state, released=state.released + amount, ended=ended)

    def moves(self, step: Step, merchant: str) -> tuple[Move, ...]:
        """J3: release what the bank released."""
        return ((MEMO_HOLD_CONTRA, MEMO_HOLD, step.released),)
