"""A void."""

from paysandbox.core.record import record
from paysandbox.payments.operation import Operation


@record(kw_only=True)
class Void(Operation):
    """Releases the uncaptured amount at the merchant's request. For an intent that was never approved, that is 0."""

    reason: str | None = None
