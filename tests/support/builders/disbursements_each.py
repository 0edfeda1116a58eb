"""A disbursement in each status, as the worker and the provider bring it about."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from paysandbox.disbursements.disbursement import Disbursement, Source, Status
from paysandbox.disbursements.steps import Step, stepped
from tests.support.builders import disbursements
from tests.support.builders.build import HOUR, MONDAY

_SOURCES: Final[Mapping[Step, Source]] = {
    Step.SEND: Source.WORKER,
    Step.GIVE_UP: Source.TIMER,
    Step.CANCEL: Source.API,
    Step.STALL: Source.SIMULATED,
}

PATHS: Final[Mapping[Status, tuple[Step, ...]]] = {
    Status.PENDING: (),
    Status.PROCESSING: (Step.SEND,),
    Status.PAID: (Step.SEND, Step.PAY),
    Status.FAILED: (Step.SEND, Step.FAIL),
    Status.UNCLAIMED: (Step.SEND, Step.UNCLAIM),
    Status.HELD: (Step.SEND, Step.HOLD),
    Status.BLOCKED: (Step.SEND, Step.BLOCK),
    Status.RETURNED: (Step.SEND, Step.PAY, Step.RETURN),
    Status.CANCELED: (Step.CANCEL,),
    Status.REQUIRES_ATTENTION: (Step.SEND, Step.GIVE_UP),
}
"""The steps that lead to each status."""


def in_status(status: Status, number: int = 1, **parts: Any) -> Disbursement:
    """Build a disbursement of Monday in a status, which it got an hour later."""
    one = replace(disbursements.accepted(number), **parts)
    for step in PATHS[status]:
        one = stepped(one, step, _SOURCES.get(step, Source.PROVIDER), MONDAY + HOUR)
    return one
