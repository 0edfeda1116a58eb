"""Settlement: batches and their entries, the reports, the workers, the state machine that runs them, and its schedule.

The tables hold what merchants are owed, so they are kept and guarded as the ledger is.
"""

from pathlib import Path
from typing import Final

import aws_cdk as cdk
from aws_cdk import (
    aws_dynamodb as dynamodb,
    aws_iam as iam,
    aws_lambda as lambda_,
    aws_s3 as s3,
    aws_stepfunctions as sfn,
)
from constructs import Construct

from paysandbox.settings import (
    ClockSettings,
    LedgerSettings,
    ReportsSettings,
    SettlementSettings,
    SettlementTablesSettings,
    TopicSettings,
)
from paysandbox.table import schema
from stacks import nag_reasons
from stacks.data_stack import DataStack
from stacks.environments import Environment
from stacks.events_stack import WEBHOOK_TOPIC, EventsStack
from stacks.functions import Functions, function_name
from stacks.payments_stack import EXPIRE_PAYMENTS, PaymentsStack
from stacks.requests_stack import RequestsStack
from stacks.settlement_machine import (
    ANNOUNCE,
    CLOSE_BATCH,
    CLOSE_BOOKS,
    COLLECT_ENTRIES,
    FAIL_BATCH,
    OPEN_BATCH,
    SETTLE,
    WORKERS,
    WRITE_REPORTS,
    definition,
)
from stacks.settlement_routes import make_routes
from stacks.settlement_schedule import every_night

# A step ends by itself well before, and is called again for what is left.
TIMEOUT_S: Final = 300

_NEEDS: Final = {
    OPEN_BATCH: (ClockSettings, SettlementTablesSettings, SettlementSettings),
    COLLECT_ENTRIES: (LedgerSettings, SettlementTablesSettings),
    CLOSE_BOOKS: (ClockSettings, SettlementTablesSettings),
    WRITE_REPORTS: (SettlementTablesSettings, ReportsSettings),
    ANNOUNCE: (LedgerSettings, SettlementTablesSettings),
    CLOSE_BATCH: (ClockSettings, SettlementTablesSettings, TopicSettings),
    FAIL_BATCH: (SettlementTablesSettings,),
}
_LEDGER: Final = {
    COLLECT_ENTRIES: (("BatchGetItem",), (schema.BY_DUE.name,)),
    ANNOUNCE: (("BatchGetItem", "UpdateItem"), ()),
}
# Of a transaction, AWS asks for the right to each of its parts.
_BATCHES: Final = {
    OPEN_BATCH: ("GetItem", "PutItem", "UpdateItem"),
    COLLECT_ENTRIES: ("ConditionCheckItem", "GetItem", "PutItem"),
    CLOSE_BOOKS: ("DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"),
    WRITE_REPORTS: ("GetItem", "Query", "UpdateItem"),
    ANNOUNCE: ("GetItem", "Query"),
    CLOSE_BATCH: ("GetItem", "Query", "UpdateItem"),
    FAIL_BATCH: ("UpdateItem",),
}
_ENTRIES: Final = {
    COLLECT_ENTRIES: ("DeleteItem", "PutItem", "Query"),
    CLOSE_BOOKS: ("Query",),
    WRITE_REPORTS: ("Query",),
    ANNOUNCE: ("Query",),
}


class SettlementStack(cdk.Stack):
    """`SettlementEntries`, `SettlementBatches`, the bucket of reports, the state machine `settle`."""

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        *,
        packages: Path,
        data: DataStack,
        payments: PaymentsStack,
        events: EventsStack,
        requests: RequestsStack,
    ) -> None:
        super().__init__(
            scope,
            environment.named("settlement"),
            env=environment.aws,
            description="Serverless Payments Sandbox: settlement",
            termination_protection=environment.deletion_protection,
        )
        # Its sweep is run, by name.
        self.add_stack_dependency(payments)
        # Merchants are told on its topic, by name.
        self.add_stack_dependency(events)
        self.tables = settlement_tables(self, environment)
        self.reports = self._bucket(environment)
        # Named and not imported, as the webhooks' workers do.
        topic = self.format_arn(service="sns", resource=environment.named(WEBHOOK_TOPIC))
        facts: dict[str, object] = {
            "webhook_topic": topic,
            "ledger_table": data.ledger.table_name,
            "settlement_entries_table": self.tables[schema.SETTLEMENT_ENTRIES].table_name,
            "settlement_batches_table": self.tables[schema.SETTLEMENT_BATCHES].table_name,
            "reports_bucket": self.reports.bucket_name,
        }
        functions = Functions(self, environment, packages=packages)
        make_routes(functions, facts=facts, tables=self.tables, reports=self.reports, requests=requests)
        workers = {
            name: functions.make(name, group="settlement", needs=_NEEDS[name], facts=facts, timeout_s=TIMEOUT_S)
            for name in WORKERS
        }
        for name, worker in workers.items():
            self._allow(worker, schema.SETTLEMENT_BATCHES, *_BATCHES[name])
            self._allow(worker, schema.SETTLEMENT_ENTRIES, *_ENTRIES.get(name, ()))
            if name in _LEDGER:
                actions, indexes = _LEDGER[name]
                data.allow(worker, actions=actions, indexes=indexes)
        workers[CLOSE_BATCH].add_to_role_policy(iam.PolicyStatement(actions=["sns:Publish"], resources=[topic]))
        workers[WRITE_REPORTS].add_to_role_policy(
            # To put is also to begin, fill and complete an upload in parts.
            iam.PolicyStatement(
                actions=["s3:AbortMultipartUpload", "s3:PutObject"], resources=[self.reports.arn_for_objects("*")]
            )
        )
        of_bucket = self.get_logical_id(self.reports.node.default_child)  # pyright: ignore[reportArgumentType] - it has one
        nag_reasons.acknowledge(
            workers[WRITE_REPORTS].role or workers[WRITE_REPORTS],
            "IAM5 of reports",
            finding=f"Resource::<{of_bucket}.Arn>/*",
        )
        expire = self.format_arn(
            service="lambda",
            resource="function",
            resource_name=function_name(environment, EXPIRE_PAYMENTS),
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        machine = self._machine(
            environment, {n: w.function_arn for n, w in workers.items()} | {EXPIRE_PAYMENTS: expire}
        )
        every_night(self, environment, machine.state_machine_arn)
        cdk.CfnOutput(
            self, "SettleMachine", value=machine.state_machine_arn, description="The state machine that settles"
        )
        cdk.CfnOutput(self, "ReportsBucket", value=self.reports.bucket_name, description="Where reports are put")

    def _machine(self, environment: Environment, functions: dict[str, str]) -> sfn.StateMachine:
        role = iam.Role(
            self,
            "settle_role",
            description=f"Runs {environment.named(SETTLE)}",
            assumed_by=iam.ServicePrincipal("states.amazonaws.com"),  # pyright: ignore[reportArgumentType] - see functions
        )
        role.add_to_policy(iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[*functions.values()]))
        nag_reasons.acknowledge(role, "IAM5 of X-Ray", finding="Resource::*")
        machine = sfn.StateMachine(
            self,
            SETTLE,
            state_machine_name=environment.named(SETTLE),
            definition_body=sfn.DefinitionBody.from_chainable(definition(self, functions)),
            role=role,  # pyright: ignore[reportArgumentType] - as above
            tracing_enabled=True,
        )
        nag_reasons.acknowledge(machine, "SF1")
        return machine

    def _bucket(self, environment: Environment) -> s3.Bucket:
        """The reports. Its name is CloudFormation's, since one that all of AWS shares would be somebody's already.

        Where things are not kept, the stack goes once somebody has emptied it: to empty it for them takes a custom
        resource that the local engine cannot run.
        """
        bucket = s3.Bucket(
            self,
            "reports",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            versioned=environment.point_in_time_recovery,
            # No run lasts as long, so these are what a killed one had put of a file.
            lifecycle_rules=[s3.LifecycleRule(abort_incomplete_multipart_upload_after=cdk.Duration.days(1))],
            removal_policy=environment.removal_policy,
        )
        nag_reasons.acknowledge(bucket, "S1 of reports")
        return bucket

    def _allow(self, function: lambda_.Function, table: str, *actions: str) -> None:
        """Give a function these DynamoDB actions on a table of these. No more than named."""
        if actions:
            named = [f"dynamodb:{action}" for action in actions]
            arn = self.tables[table].table_arn
            function.add_to_role_policy(iam.PolicyStatement(actions=named, resources=[arn]))


def settlement_tables(stack: cdk.Stack, environment: Environment) -> dict[str, dynamodb.Table]:
    """The tables, by their names without the environment."""
    keys = {
        schema.SETTLEMENT_ENTRIES: (schema.ENTRIES_KEY, schema.ENTRIES_SORT),
        schema.SETTLEMENT_BATCHES: (schema.BATCHES_KEY, schema.BATCHES_SORT),
    }
    tables = {name: _table(stack, environment, name, *parts) for name, parts in keys.items()}
    index = schema.BATCHES_BY_MERCHANT
    tables[schema.SETTLEMENT_BATCHES].add_global_secondary_index(
        index_name=index.name,
        partition_key=_text(index.partition_key),
        sort_key=_text(index.sort_key),
        projection_type=dynamodb.ProjectionType.KEYS_ONLY,
    )
    return tables


def _table(stack: cdk.Stack, environment: Environment, name: str, key: str, sort: str) -> dynamodb.Table:
    table = dynamodb.Table(
        stack,
        name,
        table_name=environment.replaceable_name(name),
        partition_key=_text(key),
        sort_key=_text(sort),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        # Batches are never purged: a balance is carried from one to the next.
        time_to_live_attribute=schema.TTL_ATTRIBUTE if name == schema.SETTLEMENT_ENTRIES else None,
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=environment.point_in_time_recovery
        ),
        deletion_protection=environment.deletion_protection,
        removal_policy=environment.removal_policy,
    )
    if not environment.point_in_time_recovery:
        nag_reasons.acknowledge(table, "DDB3 of the ledger")
    return table


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
