"""The expiry of an authorization."""

from paysandbox.core.record import record
from paysandbox.payments.operation import Operation


@record(kw_only=True)
class Expiry(Operation):
    """Releases the amount that was not captured in time."""
