"""The functions of the reference routes and of the preflight. Their only permission is to write their logs."""

from pathlib import Path
from typing import Final

import aws_cdk as cdk
from constructs import Construct

from api_reference.openapi import PREFLIGHT
from paysandbox.http.route import Function
from paysandbox.reference import routes as reference
from stacks.environments import Environment
from stacks.functions import Functions
from stacks.resources import Resources

_PREFLIGHT: Final = Function(name=PREFLIGHT, group="reference")


class ReferenceStack(cdk.Stack):
    """The function of the reference routes, and the function that responds to OPTIONS on every path of the API."""

    def __init__(self, scope: Construct, environment: Environment, *, packages: Path, resources: Resources) -> None:
        super().__init__(
            scope,
            environment.named("reference"),
            env=environment.aws,
            description="Serverless Payments Sandbox: documentation and CORS preflight",
        )
        functions = Functions(self, environment, packages=packages, resources=resources)
        functions.make_routes(reference.ROUTES)
        functions.make(_PREFLIGHT, by_api=True)
