"""Bodies of the answers of the simulation's routes, as `schemas` has their shapes."""

from collections.abc import Iterable

from paysandbox.core.timestamps import format_timestamp
from paysandbox.disbursements.disbursement import Disbursement
from paysandbox.http.answer import Body
from paysandbox.payments.payment import Payment, state_of
from paysandbox.payments.simulated_action import Action, Kind, Parameter
from paysandbox.payments.simulation.simulation import ACTIONS, allowed, object_of
from paysandbox.simulate import disbursement_actions
from paysandbox.simulate.disbursement_actions import KIND, DisbursementAction
from paysandbox.simulate.due import DueStep, due_steps


def render_actions() -> Body:
    """Render the table of actions."""
    data = [
        {"kind": str(action.kind), **_action(action), "statuses": [*action.statuses]}
        for kind in Kind
        for action in ACTIONS
        if action.kind is kind
    ]
    data += [
        {"kind": KIND, **_action(action), "statuses": [*action.statuses]} for action in disbursement_actions.ACTIONS
    ]
    return {"data": data, "next_cursor": None}


def render_disbursement_simulation(disbursement: Disbursement) -> Body:
    """Render what can happen to a disbursement."""
    return {
        "id": disbursement.id,
        "kind": KIND,
        "status": str(disbursement.status),
        "actions": [_action(action) for action in disbursement_actions.allowed(disbursement)],
        "due": [render_due(None, step) for step in disbursement_actions.due_steps(disbursement)],
        "objects": [],
    }


def render_waiting(steps: Iterable[tuple[str, DueStep]], next_cursor: str | None) -> Body:
    """Render a page of what waits, as the IDs of payments with their steps."""
    return {"data": [render_due(auth_id, step) for auth_id, step in steps], "next_cursor": next_cursor}


def render_due(auth_id: str | None, step: DueStep) -> Body:
    """Render a step that is due on a payment, or (`auth_id` None) on a disbursement."""
    body: Body = {"id": step.object_id, "action": step.action, "due_at": format_timestamp(step.at)}
    body |= {"auth_id": auth_id} if auth_id is not None else {}
    return body | ({"value": step.value} if step.value is not None else {})


def render_simulation(payment: Payment, object_id: str) -> Body:
    """Render what can happen to an object of a payment. Raises Refused(resource_not_found) if it has none such."""
    kind, status = object_of(payment, object_id)
    is_payment = kind is Kind.PAYMENT
    due = [step for step in due_steps(payment) if is_payment or step.object_id == object_id]
    return {
        "id": object_id,
        "kind": str(kind),
        "status": status,
        "auth_id": payment.id,
        "actions": [_action(action) for action in allowed(payment, object_id)],
        "due": [render_due(payment.id, step) for step in due],
        "objects": [_related(payment, related) for related in _objects_of(payment)] if is_payment else [],
    }


def _objects_of(payment: Payment) -> Iterable[str]:
    state = state_of(payment)
    return (*state.captures, *state.refunds, *state.disputes)


def _related(payment: Payment, object_id: str) -> Body:
    kind, status = object_of(payment, object_id)
    names = [action.name for action in allowed(payment, object_id)]
    return {"id": object_id, "kind": str(kind), "status": status, "actions": names}


def _action(action: Action | DisbursementAction) -> Body:
    return {
        "action": action.name,
        "description": action.description,
        "parameters": [_parameter(parameter) for parameter in action.parameters],
    }


def _parameter(parameter: Parameter) -> Body:
    body: Body = {
        "name": parameter.name,
        "type": "string" if parameter.minimum is None else "integer",
        "description": parameter.description,
        "required": parameter.required,
    }
    body |= {"choices": [*parameter.choices]} if parameter.choices else {}
    body |= {"pattern": parameter.pattern} if parameter.pattern is not None else {}
    return body | ({"minimum": parameter.minimum} if parameter.minimum is not None else {})


def render_settings(merchant: str, simulation: str, payout_destination: str) -> Body:
    """Render a merchant's settings."""
    return {"merchant": merchant, "simulation": simulation, "payout_destination": payout_destination}
