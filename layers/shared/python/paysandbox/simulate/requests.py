"""Bodies and query parameters of the simulation's routes. The arguments of actions come from the table of actions."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from paysandbox.http.parameter_shape import Shape
from paysandbox.http.queries import Query
from paysandbox.payments.simulated_action import Parameter
from paysandbox.payments.simulation.simulation import ACTIONS
from paysandbox.simulate import disbursement_actions
from paysandbox.simulate.disbursement_actions import KIND


class ListSimulations(Query):
    """The list to return, and its page. The list of actions has a single page."""

    waiting: Annotated[
        bool,
        Field(description="`true`: the merchant's pending steps, earliest first. Otherwise: the actions."),
    ] = False


def _schema(parameter: Parameter) -> dict[str, Any]:
    if parameter.minimum is not None:
        return {"type": "integer", "minimum": parameter.minimum}
    schema: dict[str, Any] = {"type": "string"} | ({"enum": [*parameter.choices]} if parameter.choices else {})
    return schema | ({"pattern": f"^{parameter.pattern}$"} if parameter.pattern else {})


def _arguments(schema: dict[str, Any]) -> None:
    """Fill in the parameters of all actions, from the tables. One of several kinds fits the schema of any of them."""
    kinds = ((action.kind, action.name, action.parameters) for action in ACTIONS)
    of_disbursements = ((KIND, action.name, action.parameters) for action in disbursement_actions.ACTIONS)
    schemas: dict[str, list[dict[str, Any]]] = {}
    descriptions: dict[str, list[str]] = {}
    for kind, name, parameters in (*kinds, *of_disbursements):
        for parameter in parameters:
            known = schemas.setdefault(parameter.name, [])
            known += [] if _schema(parameter) in known else [_schema(parameter)]
            descriptions.setdefault(parameter.name, []).append(f"`{name}` of a {kind}: {parameter.description}")
    schema["properties"] = {
        name: (known[0] if len(known) == 1 else {"anyOf": known}) | {"description": " ".join(descriptions[name])}
        for name, known in schemas.items()
    }
    schema["additionalProperties"] = False


class SimulationArguments(BaseModel):
    """The parameters of the action, as `GET /sandbox/simulate` lists them. Can be omitted if the action needs none."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True, json_schema_extra=_arguments)


class UpdateSettings(Shape):
    """The settings to change. Omitted settings do not change."""

    simulation: Annotated[
        Literal["automatic", "manual"] | None,
        Field(
            description="`manual`: simulated steps happen only when you request them with `/sandbox/simulate`. "
            "Holds, settlement and webhook retries are not affected."
        ),
    ] = None
    payout_destination: Annotated[
        Literal["bank", "balance"] | None,
        Field(
            description="`balance`: what settlement would pay out stays available, for transfers and disbursements. "
            "Batches whose books are already closed keep their destination."
        ),
    ] = None
