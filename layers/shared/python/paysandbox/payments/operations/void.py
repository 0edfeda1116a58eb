"""A void: the merchant releases what is not captured."""

from paysandbox.core.event_type import EventType
from paysandbox.core.record import record, replace
from paysandbox.payments.accounts import MEMO_HOLD, MEMO_HOLD_CONTRA, Move
from paysandbox.payments.payment import Operation, State, Status, Step


@record(kw_only=True)
class Void(Operation):
    """Releases the uncaptured amount at the merchant's request. For an intent that was never approved, that is 0."""

    kind = "void"
    type_name = "void"
    event = EventType.PAYMENT_VOIDED

    reason: str | None = None

    def after(self, state: State, amount: int) -> State:
        """The payment is over, and with it an attempt that waits."""
        return replace(state, released=state.released + amount, ended=Status.VOIDED, attempt=None)

    def moves(self, step: Step, merchant: str) -> tuple[Move, ...]:
        """J3: release the hold."""
        return ((MEMO_HOLD_CONTRA, MEMO_HOLD, step.released),)
