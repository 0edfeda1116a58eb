"""The request log and the feed: their tables, the function that fills them from the other functions' logs, and the
functions of their routes.

It is deployed before the stacks whose functions it follows. Their subscription filters are in the same stacks as the
log groups and refer to the subscriber by its formatted ARN, so no stack imports anything from another.
"""

from pathlib import Path
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb, aws_lambda as lambda_, aws_logs as logs, aws_sqs as sqs
from constructs import Construct

from paysandbox.aws import schema
from paysandbox.aws.resources import DEAD_REQUESTS, FAILED_RUNS, FEED, REQUEST_LOG, Grant
from paysandbox.aws.settings import SamplingSettings
from paysandbox.feed import routes as feed
from paysandbox.http.route import NOT_IN_REQUEST_LOG, Access, Function
from paysandbox.metrics import routes as metrics
from paysandbox.request_log import routes as request_log
from paysandbox.request_log.log_lines import LINE_PATTERN
from stacks import nag_reasons
from stacks.data.warm_throughput import warm
from stacks.environments import Environment
from stacks.functions import Functions, function_name
from stacks.resources import Place, Resources, named
from stacks.workers.queues import queue

STORE_REQUESTS: Final = "store_requests"
# For one delivery of up to some thousand lines, which are written in batches of 25.
STORE_TIMEOUT_S: Final = 60
# A failed run rings for as long. SQS may take 15 minutes to report of a queue that was not used (Amazon SQS developer
# guide, "Available CloudWatch metrics for Amazon SQS").
FAILED_RUN_RETENTION: Final = cdk.Duration.hours(1)
# Lambda invokes it asynchronously, and retries a batch that failed after one minute and after two more.
STORE_RETRIES: Final = 2

DEAD_REQUESTS_QUEUE: Final = DEAD_REQUESTS.name

_STORE: Final = Function(
    name=STORE_REQUESTS,
    group="request_log",
    grants=(
        Grant(REQUEST_LOG, ("BatchWriteItem",)),
        Grant(FEED, ("BatchWriteItem",)),
        Grant(DEAD_REQUESTS, ("SendMessage",)),
    ),
    needs=(SamplingSettings,),
    timeout_s=STORE_TIMEOUT_S,
)

# Only requests of merchants are stored. Without a merchant, a request could not be shown to anyone.
_MERCHANTS: Final = frozenset({Access.API_KEY, Access.V1_KEY, Access.V1_KEY_OR_CLIENT, Access.V1_ANY_KEY})


class RequestsStack(cdk.Stack):
    """`RequestLog`, `Feed` and their functions."""

    def __init__(self, scope: Construct, environment: Environment, *, packages: Path, resources: Resources) -> None:
        super().__init__(
            scope,
            environment.named("requests"),
            env=environment.aws,
            description="Serverless Payments Sandbox: the request log and the feed",
        )
        self._environment = environment
        self.table = request_log_table(self, environment)
        resources.add(
            REQUEST_LOG,
            Place(
                service="dynamodb",
                arns=(self.table.table_arn,),
                facts={"request_log_table": self.table.table_name},
            ),
        )
        self.feed = feed_table(self, environment)
        resources.add(
            FEED,
            Place(service="dynamodb", arns=(self.feed.table_arn,), facts={"feed_table": self.feed.table_name}),
        )
        dead = queue(self, environment, DEAD_REQUESTS_QUEUE)
        nag_reasons.acknowledge(dead, "SQS3 of dead letters")
        resources.add(DEAD_REQUESTS, Place(service="sqs", arns=(dead.queue_arn,)))
        cdk.CfnOutput(
            self, "DeadRequestsQueueUrl", value=dead.queue_url, description="Queue of log lines that were not stored"
        )
        # Here, since the stacks whose functions run on a schedule come after this one.
        failed_runs = queue(self, environment, FAILED_RUNS.name, retention=FAILED_RUN_RETENTION)
        nag_reasons.acknowledge(failed_runs, "SQS3 of dead letters")
        resources.add(FAILED_RUNS, Place(service="sqs", arns=(named("sqs", environment.named(FAILED_RUNS.name)),)))
        functions = Functions(self, environment, packages=packages, resources=resources)
        functions.make_routes(request_log.ROUTES)
        functions.make_routes(feed.ROUTES)
        functions.make_routes(metrics.ROUTES)
        store = functions.make(_STORE)
        self._keep_failures(store, dead)
        lambda_.CfnPermission(
            self,
            f"{STORE_REQUESTS}_permission",
            action="lambda:InvokeFunction",
            function_name=store.function_name,
            principal="logs.amazonaws.com",
            source_account=self.account,
            source_arn=self._log_groups(),
        )

    def _keep_failures(self, store: lambda_.Function, dead: sqs.Queue) -> None:
        """Send batches that failed on every attempt to the dead-letter queue. Not CDK's, which grants more actions."""
        destination = lambda_.CfnEventInvokeConfig.OnFailureProperty(destination=dead.queue_arn)
        # Lambda checks the role's permission on the queue, which is inside of the role (`FunctionRole`).
        lambda_.CfnEventInvokeConfig(
            self,
            f"{STORE_REQUESTS}_retries",
            function_name=store.function_name,
            qualifier="$LATEST",
            maximum_retry_attempts=STORE_RETRIES,
            destination_config=lambda_.CfnEventInvokeConfig.DestinationConfigProperty(on_failure=destination),
        )

    def stores(self, row: Function) -> bool:
        """Return whether a function's routes have requests of merchants that are in the log."""
        return row.group not in NOT_IN_REQUEST_LOG and any(route.access in _MERCHANTS for route in row.routes)

    def follow(self, log: logs.LogGroup) -> None:
        """Store the merchants' requests, and record the events and delivery attempts, that are logged in another stack.

        Never in this stack: storing a log line must not produce another line to store.
        """
        stack = cdk.Stack.of(log)
        if stack is self:
            raise AssertionError(f"{STORE_REQUESTS} would follow itself")
        stack.add_stack_dependency(self)
        logs.CfnSubscriptionFilter(
            stack,
            f"{log.node.id}_requests",
            log_group_name=log.log_group_name,
            # Every line locally: the engine delivers nothing through a pattern of JSON fields. The subscriber filters.
            filter_pattern="" if self._environment.name == "local" else LINE_PATTERN,
            destination_arn=stack.format_arn(
                service="lambda",
                resource="function",
                resource_name=function_name(self._environment, STORE_REQUESTS),
                arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
            ),
        )

    def _log_groups(self) -> str:
        """Return the ARN pattern of this environment's log groups. Generated names begin with their stack's."""
        start = self._environment.named("")
        return self.format_arn(
            service="logs",
            resource="log-group",
            resource_name=f"{start}*" if self._environment.shared_logs else f"/aws/lambda/{start}*",
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )


def request_log_table(stack: cdk.Stack, environment: Environment) -> dynamodb.Table:
    """Create the table. Deleted with its stack everywhere: items expire within a week, and no money depends on them."""
    table = dynamodb.Table(
        stack,
        schema.REQUEST_LOG,
        table_name=environment.named(schema.REQUEST_LOG),
        partition_key=_text(schema.REQUEST_LOG_KEY),
        warm_throughput=warm(environment, schema.REQUEST_LOG),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        time_to_live_attribute=schema.TTL_ATTRIBUTE,
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    nag_reasons.acknowledge(table, "DDB3 of the log")
    table.add_global_secondary_index(
        index_name=schema.REQUESTS_BY_MERCHANT.name,
        partition_key=_text(schema.REQUESTS_BY_MERCHANT.partition_key),
        sort_key=_text(schema.REQUESTS_BY_MERCHANT.sort_key),
        projection_type=dynamodb.ProjectionType.KEYS_ONLY,
        warm_throughput=warm(environment, schema.REQUEST_LOG, schema.REQUESTS_BY_MERCHANT.name),
    )
    return table


def feed_table(stack: cdk.Stack, environment: Environment) -> dynamodb.Table:
    """Create the feed's table. Deleted with its stack everywhere: items expire within 25 hours."""
    table = dynamodb.Table(
        stack,
        schema.FEED,
        table_name=environment.named(schema.FEED),
        partition_key=_text(schema.FEED_KEY),
        sort_key=_text(schema.FEED_SORT),
        warm_throughput=warm(environment, schema.FEED),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        time_to_live_attribute=schema.TTL_ATTRIBUTE,
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    nag_reasons.acknowledge(table, "DDB3 of the log")
    return table


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
