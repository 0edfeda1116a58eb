"""A run of the ACH worker: it closes windows, lets the simulated bank answer, and reads what it says.

Runs may overlap, and may be killed at any call: what was done is not done again, and the next run does the rest.
"""

from collections.abc import Callable

from paysandbox.core.record import record
from paysandbox.disbursements.ach.closing import close_windows, deliver_answers
from paysandbox.disbursements.ach.incoming import read_answers
from paysandbox.disbursements.ach.rail import AchRail


@record(kw_only=True)
class Ran:
    """How many files were written, and how many of the bank's were applied and refused."""

    written: int
    applied: int
    refused: int


def run(rail: AchRail, time_left: Callable[[], bool]) -> Ran:
    """Do what is due now, while there is time. Raises IncomingError and errors of AWS."""
    written = close_windows(rail, time_left)
    while time_left() and deliver_answers(rail, time_left):
        pass
    read = read_answers(rail, time_left)
    return Ran(written=written, applied=read.applied, refused=read.refused)
