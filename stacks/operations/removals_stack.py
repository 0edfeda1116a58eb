"""What comes before every other stack: the check that a deployment removes nothing that a setting was forgotten for.

A stack of its own, so that a refused deployment changes nothing, and so that nothing can fail after the check and have
it rolled back (`lambdas/provisioning/refuse_removals.py`).
"""

import json
from pathlib import Path
from typing import Final

import aws_cdk as cdk
from constructs import Construct

from paysandbox.http.route import Function
from stacks.environments import SETTING_OF, SETTINGS, Environment
from stacks.functions import Functions
from stacks.resources import Resources

REFUSE_REMOVALS: Final = Function(name="refuse_removals", group="provisioning", timeout_s=30)
# CloudFormation waits as long as the function may take, and for the response.
CHECKED_WITHIN_S: Final = 60


class RemovalsStack(cdk.Stack):
    """The check. `is_hosted`: whether the dashboard, and so its domain, is deployed."""

    def __init__(
        self, scope: Construct, environment: Environment, *, packages: Path, resources: Resources, is_hosted: bool
    ) -> None:
        super().__init__(
            scope,
            environment.named("removals"),
            env=environment.aws,
            description="Serverless Payments Sandbox: refuses to remove what a setting was forgotten for",
        )
        function = Functions(self, environment, packages=packages, resources=resources).make(REFUSE_REMOVALS)
        checked = cdk.CustomResource(
            self,
            "checked",
            resource_type="Custom::CheckedRemovals",
            service_token=function.function_arn,
            service_timeout=cdk.Duration.seconds(CHECKED_WITHIN_S),
            properties={
                "Made": made_by_settings(environment, is_hosted=is_hosted),
                "Accepted": [*environment.accept_removal],
                "File": f"{SETTINGS.name}/{environment.name}.toml",
            },
        )
        # The last of the stack. On deletion, the function's permissions outlive this resource.
        checked.node.add_dependency(function)

    def precede(self, stacks: list[cdk.Stack]) -> None:
        """Let these stacks be deployed after this one."""
        for stack in stacks:
            stack.add_stack_dependency(self, "a refused removal stops the deployment")


def made_by_settings(environment: Environment, *, is_hosted: bool) -> dict[str, str]:
    """Return what the settings make that others rely on, by its name in `accept_removal`, with the lines to write."""
    made: dict[str, str] = {}
    for name, setting in SETTING_OF.items():
        value = getattr(environment, setting)
        if value is not None and (is_hosted or name != "dashboard_domain"):
            made[name] = f"{setting} = {json.dumps(value)}"
    if "dashboard_domain" in made:
        made["dashboard_domain"] += ", dashboard = true"
    return made
