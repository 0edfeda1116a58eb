"""The table of timers that this function is granted. Separate from `timers`, which the command line uses too."""

from functools import cache

from paysandbox.aws.runtime import dynamodb, table_name
from paysandbox.aws.schema import TIMERS
from paysandbox.payments.timers.timers import Timers


@cache
def table() -> Timers:
    """Return the timers table."""
    return Timers(dynamodb(), table_name(TIMERS))
