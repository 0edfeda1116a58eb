"""The function of the reference routes, and the one that updates the stages of the APIs, which are deployed later."""

from pathlib import Path

import aws_cdk as cdk
from constructs import Construct

from paysandbox.reference import routes as reference
from stacks.api.stage_updates import UPDATE_STAGE, StageUpdater
from stacks.environments import Environment
from stacks.functions import Functions, function_name
from stacks.resources import Resources


class ReferenceStack(cdk.Stack):
    """Both functions. Locally stages have no limits, so none updates them: `stage_updater` is None."""

    def __init__(self, scope: Construct, environment: Environment, *, packages: Path, resources: Resources) -> None:
        super().__init__(
            scope,
            environment.named("reference"),
            env=environment.aws,
            description="Serverless Payments Sandbox: documentation, and limits of the APIs",
        )
        functions = Functions(self, environment, packages=packages, resources=resources)
        functions.make_routes(reference.ROUTES)
        self.stage_updater: StageUpdater | None = None
        if environment.limits_methods:
            function = functions.make(UPDATE_STAGE)
            if function.role is None:
                raise TypeError("the function has no role")
            self.stage_updater = StageUpdater(function_name(environment, UPDATE_STAGE.name), function.role)
