"""Bodies and query parameters of the simulation's routes. The arguments of actions come from the table of actions."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from paysandbox.http.queries import Query
from paysandbox.payments.requests import Shape
from paysandbox.payments.simulated_action import Parameter
from paysandbox.payments.simulation import ACTIONS


class ListSimulations(Query):
    """The list to return, and its page. The list of actions has a single page."""

    waiting: Annotated[
        bool,
        Field(
            description="`true`: what waits to happen to the merchant's objects, earliest first. Otherwise: actions."
        ),
    ] = False


def _schema(parameter: Parameter) -> dict[str, Any]:
    if parameter.minimum is not None:
        return {"type": "integer", "minimum": parameter.minimum}
    return {"type": "string"} | ({"enum": [*parameter.choices]} if parameter.choices else {})


def _arguments(schema: dict[str, Any]) -> None:
    """Fill in the parameters of all actions, from the table."""
    found: dict[str, dict[str, Any]] = {}
    for action in ACTIONS:
        for parameter in action.parameters:
            schema_of = found.setdefault(parameter.name, _schema(parameter) | {"description": ""})
            said = f"{schema_of['description']} `{action.name}` of a {action.kind}: {parameter.description}"
            schema_of["description"] = said.strip()
    schema["properties"] = found
    schema["additionalProperties"] = False


class SimulationArguments(BaseModel):
    """The parameters of the action, as `GET /sandbox/simulate` lists them. Can be omitted if the action needs none."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True, json_schema_extra=_arguments)


class UpdateSettings(Shape):
    """The settings to change. Those that are omitted stay as they are."""

    simulation: Annotated[
        Literal["automatic", "manual"] | None,
        Field(
            description="`manual`: nothing simulated happens by itself, only when you request it with "
            "`/sandbox/simulate`. Holds, settlement and retries of webhooks go on."
        ),
    ] = None
