"""The expiry of an authorization."""

from paysandbox.core.event_type import EventType
from paysandbox.core.record import record, replace
from paysandbox.payments.accounts import MEMO_HOLD, MEMO_HOLD_CONTRA, Move
from paysandbox.payments.payment import Operation, State, Status, Step


@record(kw_only=True)
class Expiry(Operation):
    """Releases the amount that was not captured in time."""

    kind = "expire"
    type_name = "expiry"
    event = EventType.PAYMENT_EXPIRED
    is_traced = False

    def after(self, state: State, amount: int) -> State:
        """The payment is over, and with it an attempt that waits."""
        return replace(state, released=state.released + amount, ended=Status.EXPIRED, attempt=None)

    def moves(self, step: Step, merchant: str) -> tuple[Move, ...]:
        """J3: release the hold."""
        return ((MEMO_HOLD_CONTRA, MEMO_HOLD, step.released),)
