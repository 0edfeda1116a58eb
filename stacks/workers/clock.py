"""The rights of the function that moves the environment's clock, and the names of the functions whose clock it moves.

Where the clock may not move, the function has no rights at all. It is there to refuse a request, since the routes are
the same in every environment.

IAM cannot limit `UpdateFunctionConfiguration` to one variable. The function cannot give another function a layer, a
network or (without `iam:PassRole`) another role.
"""

from typing import Final

import aws_cdk as cdk
import jsii

from paysandbox.aws import schema
from paysandbox.aws.resources import CLOCK, CLOCK_FUNCTIONS, DUE_WORK
from paysandbox.clock.due_sweeps import SWEEPS
from stacks import nag_reasons
from stacks.api.gateway import function_arn
from stacks.environments import Environment
from stacks.resources import Place, Resources

# A request that changes none of these does not contain them.
_NEITHER_LAYERS_NOR_NETWORK: Final = {"Null": {"lambda:Layer": "true", "lambda:VpcIds": "true"}}


@jsii.implements(cdk.IStableStringProducer)
class _Names:
    """The names, which are known when every stack has been created."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    def produce(self) -> str:
        """Return the names, separated by commas."""
        return ",".join(sorted(self._resources.functions_with_clock))


def register_clock(stack: cdk.Stack, environment: Environment, resources: Resources) -> None:
    """Register the clock's item, the functions that read the clock, and the sweeps that a move invokes."""
    moves = environment.clock_may_move
    table = environment.named(schema.MERCHANT_SETTINGS)
    arn = stack.format_arn(service="dynamodb", resource="table", resource_name=table)
    resources.add(
        CLOCK,
        Place(
            service="dynamodb",
            arns=(arn,) if moves else (),
            facts={"merchant_settings_table": table},
            conditions={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [schema.CLOCK_ITEM]}},
        ),
    )
    every = environment.named("*")
    finding = nag_reasons.written_arn(stack, "lambda", f"function:{every}")
    resources.add(
        CLOCK_FUNCTIONS,
        Place(
            service="lambda",
            arns=(function_arn(stack, every),) if moves else (),
            facts={"clock_functions": cdk.Lazy.string(_Names(resources))},
            conditions=_NEITHER_LAYERS_NOR_NETWORK,
            reason=("IAM5 of the clock", f"Resource::{finding}"),
        ),
    )
    sweeps = tuple(function_arn(stack, environment.named(sweep)) for sweep in SWEEPS)
    resources.add(DUE_WORK, Place(service="lambda", arns=sweeps if moves else ()))
