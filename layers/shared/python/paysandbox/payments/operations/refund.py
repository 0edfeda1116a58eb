"""A refund."""

from paysandbox.core.record import record
from paysandbox.payments.operation import Operation


@record(kw_only=True)
class Refund(Operation):
    """Refunds captured money. If `capture_id` is None, the payment's only capture, by the authorization's ID.

    If it refunds several captures, `spread` has the amount of each (minor units). `pending`: it has not succeeded yet.
    """

    capture_id: str | None = None
    reason: str | None = None
    spread: tuple[tuple[str, int], ...] = ()
    metadata: str | None = None
    pending: bool = False
