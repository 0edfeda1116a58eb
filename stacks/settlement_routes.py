"""The functions of the routes at which merchants see their settlements."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb, aws_iam as iam, aws_s3 as s3

from paysandbox.routes import settlements
from stacks import nag_reasons
from stacks.functions import Functions
from stacks.requests_stack import RequestsStack


def make_routes(
    functions: Functions,
    *,
    facts: dict[str, object],
    tables: Mapping[str, dynamodb.Table],
    reports: s3.Bucket,
    requests: RequestsStack,
) -> None:
    """A function for each route, with the rights that its row names. Who makes links to reports may read them."""
    for route in settlements.ROUTES:
        function = functions.make(route.name, group=route.group, needs=route.needs, facts=facts)
        for resource, actions in route.settlement_tables.items():
            table, _, index = resource.partition("/")
            arn = tables[table].table_arn
            function.add_to_role_policy(
                iam.PolicyStatement(
                    actions=[f"dynamodb:{action}" for action in actions],
                    resources=[f"{arn}/index/{index}" if index else arn],
                )
            )
        if route.reads_reports:
            # A link is followed under the rights of whoever made it.
            function.add_to_role_policy(
                iam.PolicyStatement(actions=["s3:GetObject"], resources=[reports.arn_for_objects("*")])
            )
            bucket = cdk.Stack.of(reports).get_logical_id(reports.node.default_child)  # pyright: ignore[reportArgumentType] - it has one
            finding = f"Resource::<{bucket}.Arn>/*"
            nag_reasons.acknowledge(function.role or function, "IAM5 of reports", finding=finding)
        requests.follow(function, route.name)
