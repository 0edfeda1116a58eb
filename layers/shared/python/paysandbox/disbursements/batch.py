"""Advance several disbursements at once, while there is time."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from typing import Final

from paysandbox.aws import runtime, telemetry
from paysandbox.disbursements.advance import advance
from paysandbox.disbursements.disbursement import Disbursement
from paysandbox.disbursements.rails import rail_of
from paysandbox.disbursements.store import tables

AT_ONCE: Final = 10


class Result(StrEnum):
    """What became of a disbursement in a batch."""

    ADVANCED = "advanced"
    UNCHANGED = "unchanged"
    """Nothing was due any more, or another worker was first."""
    FAILED = "failed"
    LEFT = "left"
    """There was no time left. The sweep advances it when it is due."""


def advance_each(found: Sequence[Disbursement], time_left: Callable[[], bool]) -> Counter[Result]:
    """Advance disbursements, ten at a time. Return the number of each result.

    An error of one does not stop the others. It is logged, and the disbursement is advanced again when it is due.
    """

    def work(disbursement: Disbursement) -> Result:
        return _tried(disbursement) if time_left() else Result.LEFT

    if not found:
        return Counter()
    with ThreadPoolExecutor(min(AT_ONCE, len(found))) as pool:
        return Counter(pool.map(work, found))


def _tried(disbursement: Disbursement) -> Result:
    try:
        after = advance(tables.disbursements(), rail_of(disbursement.method), disbursement, runtime.now)
    except Exception as error:  # noqa: BLE001 - whatever it is, the others are not to wait for it
        facts = {
            "merchant": disbursement.merchant,
            "payment_id": disbursement.id,
            "customer_id": disbursement.customer_id,
        }
        telemetry.disbursement("disbursement failed", facts | telemetry.unexpected(error), failed=True)
        return Result.FAILED
    return Result.UNCHANGED if after is disbursement else Result.ADVANCED
