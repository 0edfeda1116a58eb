"""Actions and their parameters on the command line, completed by the shell from the table of actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer

from paysandbox.core.ids import is_disbursement_id
from paysandbox.payments.simulated_action import Action, Kind
from paysandbox.payments.simulation.simulation import ACTIONS
from paysandbox.simulate import disbursement_actions
from paysandbox.simulate.disbursement_actions import DisbursementAction

_KINDS = {
    "auth": Kind.PAYMENT,
    "pi": Kind.PAYMENT,
    "ch": Kind.PAYMENT,
    "cap": Kind.CAPTURE,
    "ref": Kind.REFUND,
    "re": Kind.REFUND,
    "du": Kind.DISPUTE,
}
"""The kind of object by the prefix of its ID, in both APIs."""


def actions_of(object_id: str | None) -> Sequence[Action | DisbursementAction]:
    """Return the actions of the object's kind, or all actions for an ID of an unknown kind."""
    text = object_id or ""
    if is_disbursement_id(text):
        return [*disbursement_actions.ACTIONS]
    kind = _KINDS.get(text.partition("_")[0])
    of_payments = [action for action in ACTIONS if kind in {None, action.kind}]
    return of_payments if kind is not None else [*of_payments, *disbursement_actions.ACTIONS]


def complete_action(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Return the actions that begin like this, with their descriptions."""
    found = {action.name: action.description for action in actions_of(ctx.params.get("object_id"))}
    return [(name, description) for name, description in found.items() if name.startswith(incomplete)]


def complete_argument(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the parameters of the action that begin like this; after `name=`, its values."""
    given = {text.partition("=")[0] for text in ctx.params.get("arguments") or ()}
    candidates: list[str] = []
    for action in actions_of(ctx.params.get("object_id")):
        if action.name != ctx.params.get("action"):
            continue
        for parameter in action.parameters:
            if parameter.name in given:
                continue
            typed = incomplete.startswith(f"{parameter.name}=")
            values = parameter.choices if typed else ()
            candidates += [f"{parameter.name}={value}" for value in values] or [f"{parameter.name}="]
    return [candidate for candidate in candidates if candidate.startswith(incomplete)]


def parse_arguments(texts: Sequence[str] | None) -> dict[str, Any]:
    """Return NAME=VALUE pairs as a body. The API reads numbers from text."""
    body: dict[str, Any] = {}
    for text in texts or ():
        name, separator, value = text.partition("=")
        if not name or not separator:
            raise typer.BadParameter(f"{text!r} is not NAME=VALUE.", param_hint="NAME=VALUE")
        if name in body:
            raise typer.BadParameter(f"{name!r} is given twice.", param_hint="NAME=VALUE")
        body[name] = value
    return body
