"""What can be simulated of a disbursement: what a provider or the recipient does to it. Pure.

The rows are those of the table of steps. A simulated status stays: the provider is not polled, and its updates
are ignored.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import record
from paysandbox.core.suggestion import did_you_mean
from paysandbox.disbursements.disbursement import Disbursement, Source, Status
from paysandbox.disbursements.methods import CHANGE_CODES
from paysandbox.disbursements.steps import (
    ACTIONS as STEPS,
    CODE,
    TABLE,
    WITH_CODE,
    Step,
    code_fault,
    ends_at,
    possible_actions,
    row_of,
    stepped,
    with_verb,
)
from paysandbox.payments.simulated_action import Parameter
from paysandbox.payments.simulation.simulation import read_arguments
from paysandbox.simulate.due import DueStep

KIND: Final = "disbursement"

_CODE: Final = Parameter(
    name="code",
    description="The provider's reason, such as `RECEIVER_ACCOUNT_LOCKED`: at most 40 upper-case letters, digits and "
    "`_` (default: none). By ach, a return has a return code of credits, such as `R03`.",
    pattern=CODE,
)
_CHANGE_CODE: Final = Parameter(
    name="code",
    description="The code of the notification of change (default: C01, the account number).",
    choices=CHANGE_CODES,
)
_PARAMETERS: Final[Mapping[Step, tuple[Parameter, ...]]] = dict.fromkeys(WITH_CODE, (_CODE,)) | {
    Step.CORRECT: (_CHANGE_CODE,)
}
_DEFAULT_CODES: Final[Mapping[Step, str]] = {Step.CORRECT: CHANGE_CODES[0]}


@record(kw_only=True)
class DisbursementAction:
    """A simulated step: its name, what happens, the statuses in which it can happen, and its parameters."""

    name: str
    description: str
    statuses: tuple[str, ...]
    parameters: tuple[Parameter, ...] = ()


ACTIONS: Final = tuple(
    DisbursementAction(
        name=str(row.step),
        description=row.action,
        statuses=tuple(str(status) for status in Status if status in row.before),
        parameters=_PARAMETERS.get(row.step, ()),
    )
    for row in TABLE
    if row.action is not None
)
"""The table. An action that means something else in another status has a row for each."""


def allowed(disbursement: Disbursement) -> tuple[DisbursementAction, ...]:
    """Return the actions that are possible now."""
    names, status = possible_actions(disbursement), str(disbursement.status)
    return tuple(action for action in ACTIONS if action.name in names and status in action.statuses)


def simulated(
    disbursement: Disbursement,
    name: str,
    arguments: Mapping[str, Any],
    at: datetime,
    *,
    request_id: str,
    operation_id: str,
) -> Disbursement:
    """Return the disbursement after a simulated action at a time (UTC).

    Raises Refused: parameter_invalid (`action`) for an unknown action; parameter_unknown and parameter_invalid for the
    arguments; simulation_not_allowed with `current_status` and `allowed` if it is not possible now.
    """
    step = next((candidate for candidate in STEPS if candidate == name), None)
    if step is None:
        known = f"{did_you_mean(name, STEPS)}Use {', '.join(STEPS)}."
        raise Refused(Code.PARAMETER_INVALID, f"A disbursement has no action of this name. {known}", "action")
    read = read_arguments(name, _PARAMETERS.get(step, ()), arguments)
    code = str(read["code"]) if "code" in read else _DEFAULT_CODES.get(step)
    fault = code_fault(disbursement.method, step, code)
    if fault is not None:
        raise Refused(Code.PARAMETER_INVALID, fault, "code")
    if row_of(disbursement, step, Source.SIMULATED) is None:
        raise _not_allowed(disbursement)
    return stepped(
        disbursement, step, Source.SIMULATED, at, code=code, request_id=request_id, operation_id=operation_id
    )


def due_steps(disbursement: Disbursement) -> list[DueStep]:
    """Return what happens to a disbursement by itself at a known time, if nothing else happens before."""
    if disbursement.due_at is None or disbursement.status in (Status.PENDING, Status.REQUIRES_ATTENTION):
        return []
    if disbursement.stalled:
        action = Step.GIVE_UP
    elif disbursement.status is Status.UNCLAIMED:
        action = Step.RETURN
    else:
        return []
    return [DueStep(object_id=disbursement.id, action=str(action), at=ends_at(disbursement))]


def _not_allowed(disbursement: Disbursement) -> Refused:
    names = [str(step) for step in possible_actions(disbursement)]
    can = f"Possible actions: {', '.join(names)}." if names else "Nothing can be simulated."
    detail = f"The disbursement {with_verb(disbursement.status)}. {can}"
    possible = {"current_status": str(disbursement.status), "allowed": names}
    return Refused(Code.SIMULATION_NOT_ALLOWED, detail, possible=possible)
