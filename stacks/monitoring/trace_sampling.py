"""How many requests X-Ray traces, where its default rule would trace too many."""

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_xray as xray

from paysandbox.feed.routes import GET_FEED
from paysandbox.metrics.usage_cost import TRACED_PERCENT_OF_THE_REST
from stacks.environments import Environment

# Lower numbers are matched first. X-Ray's default rule is the last, 10,000.
PRIORITY: Final = 1_000


def sample_polls(stack: cdk.Stack, environment: Environment, *, gateway: str, stage: str) -> None:
    """Trace a share of the dashboard's polls, without the first request of each second.

    The default rule traces that one always. An open dashboard sends a poll in almost every second, so its traces would
    cost as much as its requests. A trace begins at the API's stage, whose service is named `<API>/<stage>`.
    """
    xray.CfnSamplingRule(
        stack,
        "polls",
        sampling_rule=xray.CfnSamplingRule.SamplingRuleProperty(
            rule_name=environment.named("polls"),
            version=1,
            priority=PRIORITY,
            reservoir_size=0,
            fixed_rate=TRACED_PERCENT_OF_THE_REST / 100,
            service_name=f"{gateway}/{stage}",
            service_type="AWS::ApiGateway::Stage",
            resource_arn="*",
            host="*",
            http_method=GET_FEED.method,
            # With or without the stage at its start, which a custom domain leaves out.
            url_path=f"*{GET_FEED.path}",
        ),
    )
