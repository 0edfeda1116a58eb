"""The table of timers that this function's settings name. Separate from `timers`, which the command line uses too."""

from functools import cache

from paysandbox.aws.runtime import dynamodb, settings_of
from paysandbox.aws.settings import TimerTableSettings
from paysandbox.payments.timers import Timers


@cache
def table() -> Timers:
    """Return the timers table."""
    return Timers(dynamodb(), settings_of(TimerTableSettings).timers_table)
