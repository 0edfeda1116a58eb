"""The functions of what there is to read, and of the preflight: no rights but to write a log."""

from pathlib import Path

import aws_cdk as cdk
from constructs import Construct

from paysandbox.openapi import PREFLIGHT
from paysandbox.routes import reference
from stacks.environments import Environment
from stacks.functions import Functions


class ReferenceStack(cdk.Stack):
    """One function per reference route, and one that answers OPTIONS on every path of the API."""

    def __init__(self, scope: Construct, environment: Environment, *, packages: Path) -> None:
        super().__init__(
            scope,
            environment.named("reference"),
            env=environment.aws,
            description="Serverless Payments Sandbox: documents, pages about errors, preflight",
        )
        functions = Functions(self, environment, packages=packages)
        for route in reference.ROUTES:
            functions.make(route.name, group=route.group, needs=route.needs)
        functions.make(PREFLIGHT, group="reference")
