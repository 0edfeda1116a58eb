"""Webhooks: endpoints, events, deliveries and inboxes, the functions of their routes, and the delivery queues.

First attempts to healthy endpoints have a queue of their own. Slow and failing endpoints use another queue, so that
they do not delay the others.
"""

from pathlib import Path
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from paysandbox.aws import schema
from paysandbox.aws.resources import (
    DEAD_DELIVERIES,
    DELIVERIES,
    DELIVERY_QUEUE,
    ENDPOINTS,
    EVENTS,
    INBOX,
    UNHEALTHY_QUEUE,
)
from paysandbox.inbox import routes as inbox
from paysandbox.webhooks import routes as webhooks
from stacks import nag_reasons
from stacks.data.secrets_stack import SecretsStack
from stacks.data.warm_throughput import warm
from stacks.environments import Environment
from stacks.functions import Functions
from stacks.resources import Place, Resources
from stacks.workers.events_stack import EventsStack
from stacks.workers.queues import queue
from stacks.workers.requests_stack import RequestsStack
from stacks.workers.webhook_workers import make_workers

DEAD_QUEUE: Final = DEAD_DELIVERIES.name


class WebhooksStack(cdk.Stack):
    """`WebhookEndpoints`, `Events`, `Deliveries` and `Inbox`, the queues, and the functions."""

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        *,
        packages: Path,
        resources: Resources,
        secrets: SecretsStack,
        requests: RequestsStack,
        events: EventsStack,
    ) -> None:
        super().__init__(
            scope,
            environment.named("webhooks"),
            env=environment.aws,
            description="Serverless Payments Sandbox: webhooks",
            termination_protection=environment.deletion_protection,
        )
        self.add_stack_dependency(secrets)
        # This stack subscribes to the events stack's topic and uses its dead-letter queue, both by name.
        self.add_stack_dependency(events)
        self.tables = webhook_tables(self, environment)
        cdk.CfnOutput(
            self,
            "EventsTable",
            value=self.tables[schema.EVENTS].table_name,
            description="Name of the events table",
        )
        cdk.CfnOutput(
            self,
            "EventRetentionDays",
            value=str(environment.event_retention_days),
            description="Days for which an event is stored",
        )
        self.dead = queue(self, environment, DEAD_QUEUE)
        self.deliveries = queue(self, environment, DELIVERY_QUEUE.name, dead=self.dead)
        self.unhealthy = queue(self, environment, UNHEALTHY_QUEUE.name, dead=self.dead)
        self._register(resources)
        functions = Functions(self, environment, packages=packages, resources=resources, requests=requests)
        functions.make_routes((*webhooks.ROUTES, *inbox.ROUTES))
        make_workers(self, environment, functions, deliveries=self.deliveries, unhealthy=self.unhealthy)

    def _register(self, resources: Resources) -> None:
        tables = {
            "endpoints_table": self.tables[schema.ENDPOINTS].table_name,
            "events_table": self.tables[schema.EVENTS].table_name,
            "deliveries_table": self.tables[schema.DELIVERIES].table_name,
        }
        for resource in (ENDPOINTS, EVENTS, DELIVERIES):
            arn = self.tables[resource.name].table_arn
            resources.add(resource, Place(service="dynamodb", arns=(arn,), facts=tables))
        table = self.tables[schema.INBOX]
        place = Place(service="dynamodb", arns=(table.table_arn,), facts={"inbox_table": table.table_name})
        resources.add(INBOX, place)
        queues = {
            "deliveries_queue": self.deliveries.queue_url,
            "unhealthy_queue": self.unhealthy.queue_url,
            "dead_deliveries_queue": self.dead.queue_url,
        }
        for resource, sqs_queue in ((DELIVERY_QUEUE, self.deliveries), (UNHEALTHY_QUEUE, self.unhealthy)):
            resources.add(resource, Place(service="sqs", arns=(sqs_queue.queue_arn,), facts=queues))
        dead = {"dead_letter_queue": self.dead.queue_url}
        resources.add(DEAD_DELIVERIES, Place(service="sqs", arns=(self.dead.queue_arn,), facts=dead))


def webhook_tables(stack: cdk.Stack, environment: Environment) -> dict[str, dynamodb.Table]:
    """Create the tables, and return them by their names without the environment."""
    keys_and_indexes = {
        schema.ENDPOINTS: (schema.ENDPOINTS_KEY, None, ()),
        schema.EVENTS: (schema.EVENTS_KEY, None, (schema.EVENTS_BY_MERCHANT,)),
        schema.DELIVERIES: (schema.DELIVERIES_KEY, None, schema.DELIVERY_INDEXES),
        schema.INBOX: (schema.INBOX_KEY, schema.INBOX_SORT, ()),
    }
    return {name: _table(stack, environment, name, *parts) for name, parts in keys_and_indexes.items()}


def _table(
    stack: cdk.Stack,
    environment: Environment,
    name: str,
    key: str,
    sort: str | None,
    indexes: tuple[schema.Index, ...],
) -> dynamodb.Table:
    """Create a table. Endpoints are retained like the ledger; the rest expires in a month.

    Events and deliveries can be rebuilt. An inbox holds copies of deliveries, for a day.
    """
    retained = name == schema.ENDPOINTS
    table = dynamodb.Table(
        stack,
        name,
        table_name=environment.replaceable_name(name) if retained else environment.named(name),
        partition_key=_text(key),
        sort_key=_text(sort) if sort is not None else None,
        warm_throughput=warm(environment, name),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        time_to_live_attribute=None if retained else schema.TTL_ATTRIBUTE,
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=retained and environment.point_in_time_recovery
        ),
        deletion_protection=retained and environment.deletion_protection,
        removal_policy=environment.removal_policy if retained else cdk.RemovalPolicy.DESTROY,
    )
    if not (retained and environment.point_in_time_recovery):
        nag_reasons.acknowledge(table, "DDB3 of webhooks")
    for index in indexes:
        table.add_global_secondary_index(
            index_name=index.name,
            partition_key=_text(index.partition_key),
            sort_key=_text(index.sort_key),
            projection_type=dynamodb.ProjectionType.KEYS_ONLY,
            warm_throughput=warm(environment, name, index.name),
        )
    return table


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
