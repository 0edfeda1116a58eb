"""The environment's clock: an item that functions read, and that one function may change.

Where the clock may not move, nothing reads it, and the function that moves it has no rights at all. It is there to
refuse a request, since the routes are the same in every environment.
"""

from typing import Final

import aws_cdk as cdk

from paysandbox.aws import schema
from paysandbox.aws.resources import CLOCK, DUE_WORK, Grant
from paysandbox.aws.settings import ClockSettings
from paysandbox.clock.due_sweeps import SWEEPS
from paysandbox.http.route import Function
from stacks.environments import Environment
from stacks.resources import Arn, Place, Resources, named

_READ: Final = Grant(CLOCK, ("GetItem",))


def clock_grants(row: Function) -> tuple[Grant, ...]:
    """Return what a function that reads the clock needs beside the grants of its row: nothing where it is fixed."""
    return (_READ,) if ClockSettings in row.settings else ()


def register_clock(environment: Environment, resources: Resources) -> None:
    """Register the clock's item, and the sweeps that a move invokes. Before the first function is created."""
    moves = environment.clock_may_move
    table = environment.named(schema.MERCHANT_SETTINGS)
    resources.add(
        CLOCK,
        Place(
            service="dynamodb",
            arns=(named("dynamodb", "table", table),) if moves else (),
            facts={"merchant_settings_table": table},
            conditions={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [schema.CLOCK_ITEM]}},
        ),
    )
    sweeps = tuple(_function(environment.named(sweep)) for sweep in SWEEPS)
    resources.add(DUE_WORK, Place(service="lambda", arns=sweeps if moves else ()))


def _function(name: str) -> Arn:
    form = cdk.ArnFormat.COLON_RESOURCE_NAME
    return lambda stack: stack.format_arn(service="lambda", resource="function", resource_name=name, arn_format=form)
