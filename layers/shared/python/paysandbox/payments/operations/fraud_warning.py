"""An early fraud warning."""

from paysandbox.core.record import record
from paysandbox.payments.operation import Operation


@record(kw_only=True)
class FraudWarning(Operation):
    """The card's bank warns that the cardholder may dispute a capture as fraud. It moves no money."""

    capture_id: str
