"""A transfer to another merchant from what a charge captured, apart from its captures."""

from paysandbox.core.record import record
from paysandbox.payments.connect.share_moved import ShareMoved
from paysandbox.payments.connect.shares import with_transfer
from paysandbox.payments.payment import SEPARATE_TRANSFER, State


@record(kw_only=True)
class Transferred(ShareMoved):
    """Sends a part of what the payment captured to the merchant `to`."""

    kind = SEPARATE_TRANSFER

    to: str

    def after(self, state: State, amount: int) -> State:
        """Less is left to transfer. Raises LookupError if less was left already."""
        return with_transfer(state, self.id, self.to, amount, self.at)
