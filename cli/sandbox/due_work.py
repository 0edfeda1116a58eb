"""Runs the work that is due after the clock was advanced, instead of waiting for the scheduled sweeps."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from cli.terminal.output import print_note

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cli.connection.target import Target

PATIENCE_S: Final = 900
"""For all sweeps together. They run on a schedule anyway, and do the rest. A year of a thousand subscriptions is within
it on a laptop."""

SAY_EVERY_S: Final = 10
"""Between two notes of progress. What takes less time needs none."""

_AT_ONCE_S: Final = 15

_CONTINUES: Final = "more"
"""Whether there may be more to do. All other fields of a sweep's answer are counts."""


def do_what_is_due(target: Target) -> list[str]:
    """Run the sweeps until no work is left or time is up. Return the reason of each unfinished sweep.

    Says on stderr now and then how far they are. An interrupt leaves the rest to their schedule.
    """
    from cli.connection.clock_offset import prefix_of
    from paysandbox.clock.due_work import run_due_work

    until_ns = time.monotonic_ns() + PATIENCE_S * 1_000_000_000
    progress = Progress()
    return run_due_work(
        target.client("lambda"), prefix_of(target), until_ns, at_once_s=_AT_ONCE_S, goes_on=progress.goes_on
    )


class Progress:
    """What the sweeps have done so far, and the notes that say so."""

    def __init__(self) -> None:
        self._began = self._noted = time.monotonic()
        self._done = 0

    def goes_on(self, sweep: str, answer: Mapping[str, Any]) -> None:
        """Count what a call of a sweep has done, and say how much it is so far, if the last note is some time ago."""
        self._done += sum(count for part, count in answer.items() if part != _CONTINUES)
        now = time.monotonic()
        if now - self._noted < SAY_EVERY_S:
            return
        self._noted, took_s = now, now - self._began
        print_note(f"{sweep} goes on: {self._done:,} done in {took_s:.0f} s. Ctrl-C leaves the rest to its schedule.")
