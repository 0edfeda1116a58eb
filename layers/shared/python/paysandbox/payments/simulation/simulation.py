"""The simulation table: what can be made to happen to a payment, its captures, refunds and disputes, from which status.

The same rows serve a caller who simulates a step and a timer whose time has come: `step` returns the same change for
both. The rows are in the modules of their rules.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.core.suggestion import did_you_mean
from paysandbox.payments.attempts import authentication
from paysandbox.payments.change import Change
from paysandbox.payments.disputes import steps as dispute_steps
from paysandbox.payments.payment import Payment, State, state_of
from paysandbox.payments.refusals import not_found
from paysandbox.payments.simulated_action import (
    Action,
    Argument,
    Arguments,
    Kind,
    NotPossible,
    Parameter,
    Stamp,
)
from paysandbox.payments.simulation import bank_steps, refund_steps

ACTIONS: Final[tuple[Action, ...]] = (
    *bank_steps.ACTIONS,
    *authentication.ACTIONS,
    *refund_steps.ACTIONS,
    *dispute_steps.ACTIONS,
)
"""The table."""


def object_of(payment: Payment, object_id: str) -> tuple[Kind, str]:
    """Return the kind and status of a payment, or of one of its captures, refunds or disputes.

    An attempt stands for its payment. A capture is `captured`, `settled` (it is in a batch) or `failed`. Raises
    Refused(resource_not_found).
    """
    state = state_of(payment)
    if object_id == payment.id or _is_attempt(payment, object_id):
        return Kind.PAYMENT, str(state.status)
    if object_id in state.disputes:
        return Kind.DISPUTE, str(state.disputes[object_id].status)
    if object_id in state.refunds:
        return Kind.REFUND, str(state.refunds[object_id].status)
    if ids.kind_of(object_id) == ids.CAPTURE and object_id in payment.amounts:
        return Kind.CAPTURE, _capture_status(state, object_id)
    raise not_found()


def _is_attempt(payment: Payment, object_id: str) -> bool:
    return ids.kind_of(object_id) == ids.ATTEMPT and any(operation.id == object_id for operation in payment.operations)


def _capture_status(state: State, capture_id: str) -> str:
    if capture_id not in state.captures:
        return "failed"
    return "captured" if state.lines[capture_id].batch is None else "settled"


def allowed(payment: Payment, object_id: str) -> tuple[Action, ...]:
    """Return the actions that are possible now. Raises Refused(resource_not_found)."""
    kind, status = object_of(payment, object_id)
    state = state_of(payment)

    def is_possible(action: Action) -> bool:
        in_status = action.kind is kind and status in action.statuses
        return in_status and (action.possible is None or action.possible(payment, state, object_id))

    return tuple(action for action in ACTIONS if is_possible(action))


def step(payment: Payment, object_id: str, name: str, arguments: Mapping[str, Any], stamp: Stamp) -> Change:
    """Return the change that an action makes.

    Raises Refused: resource_not_found; parameter_invalid (`action`) for an action that the kind does not have;
    simulation_not_allowed with `current_status` and `allowed` if it is not possible now; parameter_unknown,
    parameter_missing and parameter_invalid for the arguments; and as the action's rule does.
    """
    kind, _ = object_of(payment, object_id)
    of_kind = {action.name: action for action in ACTIONS if action.kind is kind}
    if name not in of_kind:
        known = ", ".join(of_kind)
        hint = did_you_mean(name, of_kind)
        raise Refused(Code.PARAMETER_INVALID, f"A {kind} has no action of this name. {hint}Use {known}.", "action")
    action = of_kind[name]
    read = read_arguments(action.name, action.parameters, arguments)
    if action not in allowed(payment, object_id):
        raise not_allowed(payment, object_id)
    try:
        return action.decide(payment, object_id, read, stamp)
    except NotPossible as reason:
        raise refusal_of(payment, reason) from None


def not_allowed(payment: Payment, object_id: str) -> Refused:
    """Return the refusal of an action that is not possible now."""
    return refusal_of(payment, NotPossible(object_id))


def refusal_of(payment: Payment, reason: NotPossible) -> Refused:
    """Return the refusal of an action for this reason, with what is possible instead."""
    kind, status = object_of(payment, reason.object_id)
    names = [action.name for action in allowed(payment, reason.object_id) if action.name not in reason.without]
    possible = f"Possible actions: {', '.join(names)}." if names else "Nothing can be simulated."
    detail = reason.detail or f"The {kind} is {status}. {possible}"
    return Refused(Code.SIMULATION_NOT_ALLOWED, detail, possible={"current_status": status, "allowed": names})


def read_arguments(action: str, of_action: Sequence[Parameter], arguments: Mapping[str, Any]) -> Arguments:
    """Check and return the arguments of an action with these parameters. Whole numbers may be sent as text.

    Raises Refused: parameter_unknown, parameter_missing and parameter_invalid.
    """
    parameters = {parameter.name: parameter for parameter in of_action}
    for name in arguments:
        if name not in parameters:
            hint = did_you_mean(name, parameters)
            known = f"{hint}Use {', '.join(parameters)}." if parameters else "It has none."
            raise Refused(Code.PARAMETER_UNKNOWN, f"`{action}` has no such parameter. {known}", name)
    for parameter in of_action:
        if parameter.required and parameter.name not in arguments:
            raise Refused(Code.PARAMETER_MISSING, f"`{action}` requires this parameter.", parameter.name)
    return {name: _argument(parameters[name], value) for name, value in arguments.items()}


def _argument(parameter: Parameter, value: object) -> Argument:
    if parameter.minimum is not None:
        number = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
        if isinstance(number, bool) or not isinstance(number, int) or number < parameter.minimum:
            raise Refused(
                Code.PARAMETER_INVALID, f"It must be a whole number from {parameter.minimum}.", parameter.name
            )
        return number
    if not isinstance(value, str) or (parameter.choices and value not in parameter.choices):
        hint = did_you_mean(value, parameter.choices)
        one_of = f"{hint}Use {', '.join(parameter.choices)}." if parameter.choices else "It must be text."
        raise Refused(Code.PARAMETER_INVALID, one_of, parameter.name)
    if parameter.pattern is not None and re.fullmatch(parameter.pattern, value) is None:
        raise Refused(Code.PARAMETER_INVALID, f"It must match `{parameter.pattern}`.", parameter.name)
    return value
