"""How many requests X-Ray traces. Its default rule, 5% and the first request of each second, would trace too many."""

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_xray as xray

from paysandbox.feed.routes import GET_FEED
from paysandbox.metrics.usage_cost import TRACED_PERCENT_OF_THE_REST
from stacks.environments import Environment

# Lower numbers are matched first. X-Ray's default rule is the last, 10,000.
PRIORITY: Final = 1_000


def sample_requests(stack: cdk.Stack, environment: Environment, *, gateway: str, stage: str) -> None:
    """Trace the first request of each second and a share of the others, and of the dashboard's polls the share only.

    An open dashboard sends a poll in almost every second, so its traces would cost as much as its requests. A trace
    begins at an API's stage, whose service is named `<API>/<stage>`.
    """
    # With or without the stage at its start, which a custom domain leaves out.
    _rule(
        stack,
        "polls",
        environment,
        priority=PRIORITY,
        first_of_each_second=False,
        service=f"{gateway}/{stage}",
        method=GET_FEED.method,
        path=f"*{GET_FEED.path}",
    )
    # Of both APIs.
    _rule(
        stack,
        "requests",
        environment,
        priority=PRIORITY + 1,
        first_of_each_second=True,
        service=environment.named("*"),
        method="*",
        path="*",
    )


def _rule(
    stack: cdk.Stack,
    name: str,
    environment: Environment,
    *,
    priority: int,
    first_of_each_second: bool,
    service: str,
    method: str,
    path: str,
) -> None:
    xray.CfnSamplingRule(
        stack,
        name,
        sampling_rule=xray.CfnSamplingRule.SamplingRuleProperty(
            rule_name=environment.named(name),
            version=1,
            priority=priority,
            reservoir_size=int(first_of_each_second),
            fixed_rate=TRACED_PERCENT_OF_THE_REST / 100,
            service_name=service,
            service_type="AWS::ApiGateway::Stage",
            resource_arn="*",
            host="*",
            http_method=method,
            url_path=path,
        ),
    )
