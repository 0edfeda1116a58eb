"""The refund of a part of an application fee, apart from a refund of the charge."""

from paysandbox.core.record import record
from paysandbox.payments.connect.share_moved import ShareMoved
from paysandbox.payments.connect.shares import with_refunded_fee
from paysandbox.payments.payment import State


@record(kw_only=True)
class FeeRefunded(ShareMoved):
    """Refunds a part of a capture's application fee. `metadata` is a map as JSON."""

    kind = "fee_refund"

    capture_id: str
    metadata: str | None = None

    def after(self, state: State, amount: int) -> State:
        """Less is left of the fee. Raises LookupError if less was left already."""
        return with_refunded_fee(state, self.id, self.capture_id, amount, self.at)
