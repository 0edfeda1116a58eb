"""The clock of the environment that this function is deployed in, moved with the rights of this function."""

import time
from datetime import datetime
from functools import cache
from typing import Final

from paysandbox.aws import runtime
from paysandbox.aws.settings import (
    ClockFunctionsSettings,
    ClockSettings,
    EnvironmentSettings,
    MerchantSettingsSettings,
    MovableClockSettings,
)
from paysandbox.clock import offset_item, rules
from paysandbox.clock.due_work import run_due_work
from paysandbox.clock.function_clocks import FunctionClocks, follow_offset, set_offsets
from paysandbox.clock.offset_item import ClockTable

# API Gateway answers for a function after 29 seconds.
_ANSWER_WITHIN_NS: Final = 25_000_000_000
# For a function that is being updated by others, twice at most: to change it, and until the change is active.
_PATIENCE_MS: Final = 20_000


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


def function_names() -> tuple[str, ...]:
    """Return the names of the functions that read the clock, without the environment's prefix."""
    return tuple(runtime.settings_of(ClockFunctionsSettings).clock_functions.split(","))


def update_functions() -> int:
    """Update all functions to the stored offset, and return it. Raises Refused(clock_incomplete)."""
    functions = FunctionClocks(
        client=runtime.lambda_functions(),
        prefix=_prefix(),
        variable=ClockSettings.variables()[0],
        patience_ms=_PATIENCE_MS,
    )
    names = function_names()

    offset_s, failed = follow_offset(clock_table(), lambda stored_s: set_offsets(functions, names, stored_s))
    if failed:
        raise rules.not_updated(failed, len(names))
    return offset_s


def move(*, advance_s: int | None, until: datetime | None) -> tuple[int, list[str]]:
    """Advance the clock by seconds or to a time, or (neither) reset it. Return its offset and the unfinished due work.

    The offset is stored first: a move that was interrupted shows as functions that disagree, and the next one updates
    them. What is due is done before the answer, as far as there is time.

    Raises Refused: clock_fixed, clock_out_of_range, clock_incomplete.
    """
    check_may_move()
    answer_at, wall = time.monotonic_ns() + _ANSWER_WITHIN_NS, runtime.wall_now()
    if advance_s is not None:
        offset_item.advance(clock_table(), advance_s, wall, runtime.random_suffix())
    elif until is not None:
        offset_item.advance_until(clock_table(), until, wall)
    else:
        offset_item.reset(clock_table(), wall)
        return update_functions(), []
    offset_s = update_functions()
    return offset_s, run_due_work(runtime.lambda_functions(), _prefix(), answer_at)


def forget() -> None:
    """Drop the cached table, for tests that change AWS."""
    clock_table.cache_clear()


def _prefix() -> str:
    return f"paysandbox-{runtime.settings_of(EnvironmentSettings).environment}-"
