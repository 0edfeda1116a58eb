"""Runs the work that is due after the clock was advanced, instead of waiting for the scheduled sweeps."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cli.connection.target import Target

# For all sweeps together, since a user is waiting. The sweeps run on a schedule anyway, and do the rest.
PATIENCE_MS: Final = 45_000


def do_what_is_due(target: Target) -> list[str]:
    """Run the sweeps until no work is left or time is up. Return the reason of each unfinished sweep."""
    from cli.connection.clock_offset import prefix_of
    from paysandbox.clock.due_work import run_due_work

    return run_due_work(target.client("lambda"), prefix_of(target), time.monotonic_ns() + PATIENCE_MS * 1_000_000)
