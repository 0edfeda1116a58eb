"""The probe: a function that EventBridge runs every few minutes, and its permissions for an API key."""

from pathlib import Path
from typing import Final

import aws_cdk as cdk
from aws_cdk import (
    aws_apigateway as apigateway,
    aws_events as events,
    aws_events_targets as targets,
    aws_iam as iam,
    aws_lambda as lambda_,
)

from paysandbox.aws.settings import AcceptanceSettings, ClockSettings, EnvironmentSettings, ProbeSettings
from paysandbox.http.route import Function
from stacks.api.api_stack import STAGE, ApiStack
from stacks.environments import Environment
from stacks.functions import Functions
from stacks.resources import Resources

PROBE: Final = "probe_api"
NEEDS: Final = (AcceptanceSettings, ClockSettings, EnvironmentSettings, ProbeSettings)
# Three requests of five seconds each, and two or three calls for the key.
PROBE_TIMEOUT_S: Final = 30

_PROBE: Final = Function(name=PROBE, group="monitoring", needs=NEEDS, timeout_s=PROBE_TIMEOUT_S)


def probe(
    stack: cdk.Stack, environment: Environment, *, minutes: int, packages: Path, resources: Resources, api: ApiStack
) -> None:
    """Create the probe, which runs every `minutes` minutes, with a usage plan of its own."""
    plan = apigateway.CfnUsagePlan(
        stack,
        "probe_plan",
        usage_plan_name=environment.named("probe"),
        description="The key of the probe",
        throttle=apigateway.CfnUsagePlan.ThrottleSettingsProperty(rate_limit=1, burst_limit=10),
        api_stages=[apigateway.CfnUsagePlan.ApiStageProperty(api_id=api.api.rest_api_id, stage=STAGE)],
    ).ref
    facts = {"base_url": api.base_url, "generated_url": api.generated_url, "probe_plan": plan}
    function = Functions(stack, environment, packages=packages, resources=resources, facts=facts).make(_PROBE)
    _allow_having_a_key(stack, function, plan)
    # No retries: a failed run has already reported its failure, and a late one would probe a different moment.
    function.configure_async_invoke(retry_attempts=0, max_event_age=cdk.Duration.minutes(1))
    rate = events.Schedule.rate(cdk.Duration.minutes(minutes))
    events.Rule(
        stack,
        "probe_rule",
        rule_name=environment.named("probe"),
        description=f"Runs {PROBE}",
        schedule=rate,
        targets=[targets.LambdaFunction(function)],  # pyright: ignore[reportArgumentType] - jsii's class and interface
    )


def _allow_having_a_key(stack: cdk.Stack, function: lambda_.Function, plan: str) -> None:
    """Allow a function to read and add keys of this plan, and to create a key, but not to use other keys or plans.

    A key that is on no other plan opens nothing else. It has no tags as a condition of its creation: the rights that
    this takes are undocumented, and without a key there is no probe.
    """

    def arn(path: str) -> str:
        return f"arn:{stack.partition}:apigateway:{stack.region}::/{path}"

    for actions, path in ((["apigateway:GET", "apigateway:POST"], f"usageplans/{plan}/keys"),
                          (["apigateway:POST"], "apikeys")):  # fmt: skip
        function.add_to_role_policy(iam.PolicyStatement(actions=actions, resources=[arn(path)]))
