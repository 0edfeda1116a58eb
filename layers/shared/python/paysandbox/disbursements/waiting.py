"""Wait for the result of a disbursement, for callers that prefer to (`Prefer: wait=N`)."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from paysandbox.aws import backoff, runtime, telemetry
from paysandbox.aws.settings import WaitingSettings
from paysandbox.disbursements.disbursement import Disbursement, Status
from paysandbox.disbursements.store.disbursements_table import DisbursementsTable, find
from paysandbox.disbursements.store.waiting_slots import free_slot, slots_to_try, take_slot

_NO_RESULT: Final = frozenset({Status.PENDING, Status.PROCESSING})
_FIRST_READ_AFTER_S: Final = 0.2
_READ_AT_LEAST_EVERY_S: Final = 1.0
_SLOT_ENDS_LATER: Final = timedelta(seconds=5)
"""A slot ends a little later than its request stops waiting, so that a slow one still has it."""

_RESERVE_S: Final = 4.0
"""Of the function's time: for a last read with retries, and the answer."""


def wait_for_result(
    table: DisbursementsTable, disbursement: Disbursement, seconds: int, holder: str, context: Any
) -> tuple[Disbursement, bool]:
    """Wait until a disbursement has a result, for up to so many seconds, and return it as it is then.

    The second value is false, and the request has not waited, if all slots are taken. `holder` is the request's ID,
    `context` Lambda's: the wait ends in time for an answer.

    Raises nothing if AWS fails: the disbursement is accepted, and a caller without an idempotency key who got an error
    might pay again.
    """
    if disbursement.status not in _NO_RESULT:
        return disbursement, True
    now = runtime.wall_now()
    until = now + timedelta(seconds=seconds) + _SLOT_ENDS_LATER
    count = runtime.settings_of(WaitingSettings).waiting_requests_max
    try:
        slot = take_slot(table.funds, slots_to_try(count, runtime.random_bytes()), holder, now=now, until=until)
    except (BotoCoreError, ClientError) as error:
        telemetry.wait_failed(disbursement.id, error)
        return disbursement, False
    if slot is None:
        return disbursement, False
    current, left_s = disbursement, context.get_remaining_time_in_millis() / 1_000 - _RESERVE_S
    try:
        for current in _reads(table, disbursement, min(float(seconds), left_s)):
            if current.status not in _NO_RESULT:
                break
        free_slot(table.funds, slot)
    except (BotoCoreError, ClientError) as error:
        telemetry.wait_failed(disbursement.id, error)
    return current, True


def _reads(table: DisbursementsTable, disbursement: Disbursement, seconds: float) -> Iterator[Disbursement]:
    """Yield the disbursement as it is from time to time, until the seconds have passed."""
    pause_s, ends_at = _FIRST_READ_AFTER_S, time.monotonic() + seconds
    while (left_s := ends_at - time.monotonic()) > 0:
        backoff.pause(round(min(pause_s, left_s) * 1_000))
        pause_s = min(pause_s * 1.5, _READ_AT_LEAST_EVERY_S)
        found = find(table, disbursement.merchant, disbursement.customer_id, disbursement.id)
        yield found or disbursement
