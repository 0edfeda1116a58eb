"""A later step of a refund."""

from paysandbox.core.record import record
from paysandbox.payments.operation import Operation
from paysandbox.payments.refund_status import RefundStatus


@record(kw_only=True)
class RefundUpdated(Operation):
    """A refund succeeds, fails, is canceled, or waits for the cardholder. `reason` is why it failed."""

    refund_id: str
    status: RefundStatus
    reason: str | None = None
