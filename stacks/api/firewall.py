"""An optional web ACL that counts requests per address: the only limit that one caller cannot use up for the others.

It counts before the authorizer runs, so it is also the only limit of requests with keys that do not exist. It cannot
tell those from a merchant's, whose servers may share an address: its limit is no lower than what usage plans allow a
key (`stacks.environments.least_of_firewall`).
"""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_wafv2 as wafv2

from stacks.environments import FIREWALL_WINDOW_S, Environment


def protect(stack: cdk.Stack, environment: Environment, *, requests: int, stages: Mapping[str, str]) -> wafv2.CfnWebACL:
    """Block an address that sends more than `requests` to all stages (name and ARN) together within five minutes.

    API Gateway responds with its gateway response WAF_FILTERED. Returns the web ACL.
    """
    acl = wafv2.CfnWebACL(
        stack,
        "firewall",
        name=environment.named("firewall"),
        description=f"Limits each address to {requests} requests in {FIREWALL_WINDOW_S // 60} minutes",
        scope="REGIONAL",
        default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
        rules=[
            wafv2.CfnWebACL.RuleProperty(
                name="address",
                priority=0,
                action=wafv2.CfnWebACL.RuleActionProperty(block={}),
                statement=wafv2.CfnWebACL.StatementProperty(
                    rate_based_statement=wafv2.CfnWebACL.RateBasedStatementProperty(
                        aggregate_key_type="IP", limit=requests, evaluation_window_sec=FIREWALL_WINDOW_S
                    )
                ),
                visibility_config=_counted("address"),
            )
        ],
        visibility_config=_counted("firewall"),
    )
    for name, arn in stages.items():
        wafv2.CfnWebACLAssociation(
            stack,
            f"firewall_of_{name}",
            resource_arn=arn,
            web_acl_arn=acl.attr_arn,
        )
    return acl


def _counted(metric: str) -> wafv2.CfnWebACL.VisibilityConfigProperty:
    """Return settings that count requests in a metric. Samples would contain headers, and so keys."""
    return wafv2.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=metric, sampled_requests_enabled=False
    )
