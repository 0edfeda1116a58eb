"""The reversal of a part of a transfer, apart from a refund of the charge."""

from paysandbox.core.record import record
from paysandbox.payments.connect.share_moved import ShareMoved
from paysandbox.payments.connect.shares import with_reversed_transfer
from paysandbox.payments.payment import State


@record(kw_only=True)
class TransferReversed(ShareMoved):
    """Returns a part of the transfer that the operation `of` made: a capture, or a transfer by itself."""

    kind = "transfer_reversal"

    of: str

    def after(self, state: State, amount: int) -> State:
        """Less is left of the transfer. Raises LookupError if less was left already."""
        return with_reversed_transfer(state, self.id, self.of, amount, self.at)
