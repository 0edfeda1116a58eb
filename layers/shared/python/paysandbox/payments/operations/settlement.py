"""The settlement of a payment's lines in a batch."""

from paysandbox.core.record import record
from paysandbox.payments.operation import Operation


@record
class Settled:
    """A capture or refund in a batch: its ID, and its fee (minor units, never negative).

    The fee is recorded, because the fee schedule may change.
    """

    id: str
    fee: int


@record(kw_only=True)
class Settlement(Operation):
    """Puts captures and refunds of the payment into a batch, permanently. It has no amount of its own."""

    batch: str
    settled: tuple[Settled, ...]
