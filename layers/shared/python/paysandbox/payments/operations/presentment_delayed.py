"""The delay of a capture's presentment."""

from datetime import datetime

from paysandbox.core.record import record
from paysandbox.payments.operation import Operation


@record(kw_only=True)
class PresentmentDelayed(Operation):
    """A capture reaches the network only at `until` (UTC), and so a later batch. It moves no money."""

    capture_id: str
    until: datetime
