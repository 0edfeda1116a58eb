"""Worker: every 15 minutes, do the bank's day, and send, ask for, cancel or give up the disbursements that are due."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from paysandbox.aws.time_left import time_left
from paysandbox.disbursements.ach import bank_day
from paysandbox.disbursements.ach.rail import rail
from paysandbox.disbursements.sweep import sweep


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Exchange files with the bank, then sweep, while there is time. The next run continues.

    A failure of the bank's files is raised after the sweep, which is not to wait for them.
    """
    left = time_left(event, context)
    failure: Exception | None = None
    try:
        bank_day.run(rail(), left)
    except Exception as error:  # noqa: BLE001 - whatever it is, what is due is swept first
        failure = error
    swept = asdict(sweep(left))
    if failure is not None:
        raise failure
    return swept
