"""The clock of the environment that this function is deployed in, moved with the rights of this function."""

import time
from datetime import datetime
from functools import cache
from typing import Final

from paysandbox.aws import runtime
from paysandbox.aws.environment_item import wait_for_readers
from paysandbox.aws.settings import EnvironmentSettings, MerchantSettingsSettings, MovableClockSettings
from paysandbox.clock import offset_item, rules
from paysandbox.clock.due_work import run_due_work
from paysandbox.clock.offset_item import ClockTable

# API Gateway answers for a function after 29 seconds.
_ANSWER_WITHIN_NS: Final = 25_000_000_000


def may_move() -> bool:
    """Return whether the clock of this environment may be moved."""
    return runtime.settings_of(MovableClockSettings).clock_may_move


def check_may_move() -> None:
    """Raise Refused(clock_fixed) unless the clock may be moved."""
    if not may_move():
        raise rules.fixed(runtime.settings_of(EnvironmentSettings).environment)


@cache
def clock_table() -> ClockTable:
    """Return the table with the clock's offset."""
    return ClockTable(runtime.dynamodb(), runtime.settings_of(MerchantSettingsSettings).merchant_settings_table)


def move(*, advance_s: int | None, until: datetime | None) -> tuple[int, list[str]]:
    """Advance the clock by seconds or to a time, or (neither) reset it. Return its offset and the unfinished due work.

    Every request after the answer has the new time. What is due is done before it, as far as there is time.

    Raises Refused: clock_fixed, clock_out_of_range.
    """
    check_may_move()
    answer_at, wall = time.monotonic_ns() + _ANSWER_WITHIN_NS, runtime.wall_now()
    if advance_s is not None:
        offset_s = offset_item.advance(clock_table(), advance_s, wall, runtime.random_suffix())
    elif until is not None:
        offset_s = offset_item.advance_until(clock_table(), until, wall)
    else:
        offset_s = offset_item.reset(clock_table(), wall)
    wait_for_readers()
    is_reset = advance_s is None and until is None
    return offset_s, [] if is_reset else run_due_work(runtime.lambda_functions(), _prefix(), answer_at)


def forget() -> None:
    """Drop the cached table, for tests that change AWS."""
    clock_table.cache_clear()


def _prefix() -> str:
    return f"paysandbox-{runtime.settings_of(EnvironmentSettings).environment}-"
