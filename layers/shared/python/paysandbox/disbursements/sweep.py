"""Advance all disbursements that are due: those that the stream's reader missed, and those whose outcome is unknown."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from paysandbox.aws import runtime, telemetry
from paysandbox.aws.schema import DISBURSEMENT_SHARDS
from paysandbox.core.record import record
from paysandbox.disbursements.batch import Result, advance_each
from paysandbox.disbursements.disbursement import Disbursement
from paysandbox.disbursements.store import tables
from paysandbox.disbursements.store.disbursements_table import due_page

_PAGE: Final = 100
_RUNS_EVERY_S: Final = 900


class SweepError(Exception):
    """Some disbursements failed; all others were advanced."""


@record(kw_only=True)
class Swept:
    """Number of disbursements that were advanced, and whether there was no time for more that are due."""

    advanced: int
    more: bool


def sweep(time_left: Callable[[], bool]) -> Swept:
    """Advance what is due, the earliest of each shard first, while there is time.

    A failure does not stop the sweep. It is logged, and SweepError is raised at the end to alert an operator.
    """
    results, more = Counter[Result](), False
    for page in _due_pages(runtime.now()):
        if page and not time_left():
            more = True
            break
        results += advance_each(page, time_left)
    if results[Result.FAILED]:
        raise SweepError(f"{results[Result.FAILED]} could not be advanced, {results[Result.ADVANCED]} were")
    return Swept(advanced=results[Result.ADVANCED], more=more or results[Result.LEFT] > 0)


def _due_pages(until: datetime) -> Iterator[list[Disbursement]]:
    # Each run starts with another shard, so that none is always the one for which there is no time.
    first = int(until.timestamp()) // _RUNS_EVERY_S
    for shard in ((first + place) % DISBURSEMENT_SHARDS for place in range(DISBURSEMENT_SHARDS)):
        page = None
        while True:
            due, page = due_page(
                tables.disbursements(), shard, until, limit=_PAGE, unreadable=telemetry.unreadable, page=page
            )
            yield due
            if not page:
                break
