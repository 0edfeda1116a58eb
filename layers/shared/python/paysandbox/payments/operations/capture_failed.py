"""The failure of a capture."""

from paysandbox.core.record import record
from paysandbox.payments.operation import Operation


@record(kw_only=True)
class CaptureFailed(Operation):
    """The network rejects a capture that is in no batch.

    Its amount is held again, or released if the hold has ended.
    """

    capture_id: str
