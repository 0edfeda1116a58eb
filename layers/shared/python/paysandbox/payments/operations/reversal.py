"""A reversal by the card's bank."""

from paysandbox.core.record import record
from paysandbox.payments.operation import Operation


@record(kw_only=True)
class Reversal(Operation):
    """The card's bank releases all or part of the uncaptured amount."""
