"""An attempt that waits for the bank."""

from paysandbox.core.record import record
from paysandbox.payments.operation import AuthorizationBegun


@record(kw_only=True)
class AuthorizationPending(AuthorizationBegun):
    """The bank was asked and has not answered."""
