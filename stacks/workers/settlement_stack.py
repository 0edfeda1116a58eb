"""Settlement: batches and their entries, the reports, the workers, the state machine that runs them, and its schedule.

The tables record the amounts owed to merchants, so they have the same retention and protection as the ledger.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import aws_cdk as cdk
from aws_cdk import (
    aws_dynamodb as dynamodb,
    aws_iam as iam,
    aws_s3 as s3,
    aws_stepfunctions as sfn,
)
from constructs import Construct

from paysandbox.aws import schema
from paysandbox.aws.resources import (
    ACH_FILE_NAMES,
    ACH_FILES,
    BALANCE_JOURNAL,
    CONNECTED_ACCOUNTS,
    LEDGER,
    MERCHANT_SETTINGS,
    PLATFORMS,
    REPORTS,
    SETTLEMENT_BATCHES,
    SETTLEMENT_ENTRIES,
    TOPIC,
    Grant,
)
from paysandbox.aws.settings import ClockSettings, FeeSettings, Settings, SettlementSettings
from paysandbox.balance import routes as balance
from paysandbox.disbursements.ach.file_name import PREFIX as ACH_PREFIX
from paysandbox.http.route import Function
from paysandbox.search import routes as search
from paysandbox.settlement import routes as settlements
from stacks import nag_reasons
from stacks.api.payments_stack import EXPIRE_PAYMENTS, PaymentsStack
from stacks.environments import Environment
from stacks.functions import Functions, WholeRole, function_name
from stacks.resources import Place, Resources
from stacks.workers.events_stack import EventsStack
from stacks.workers.requests_stack import RequestsStack
from stacks.workers.settlement_machine import (
    ANNOUNCE,
    CLOSE_BATCH,
    CLOSE_BOOKS,
    COLLECT_ENTRIES,
    FAIL_BATCH,
    LONGEST_RUN,
    OPEN_BATCH,
    SETTLE,
    WORKERS,
    WRITE_REPORTS,
    definition,
)
from stacks.workers.settlement_schedule import every_night
from stacks.workers.statements import make_statements

# A step ends by itself well before this timeout, and is invoked again for the remaining work.
TIMEOUT_S: Final = 300

# Deletes about half a million reports. CloudFormation waits as long, and for the response.
EMPTY_BUCKET: Final = Function(name="empty_bucket", group="provisioning", timeout_s=300)
EMPTIED_WITHIN_S: Final = 330
EMPTIED_TAG: Final = "emptied-with-stack"
NONCURRENT_FILES_EXPIRE_AFTER: Final = cdk.Duration.days(30)
"""How long a file of the bucket can be restored after it was deleted or replaced, where the bucket has versions."""

_BATCHES, _ENTRIES = SETTLEMENT_BATCHES, SETTLEMENT_ENTRIES
# For a transaction, AWS checks the permission for each of its operations.
_GRANTS: Final[Mapping[str, tuple[Grant, ...]]] = {
    OPEN_BATCH: (Grant(_BATCHES, ("GetItem", "PutItem", "UpdateItem")),),
    COLLECT_ENTRIES: (
        Grant(_BATCHES, ("ConditionCheckItem", "GetItem", "PutItem")),
        Grant(_ENTRIES, ("DeleteItem", "PutItem", "Query")),
        Grant(LEDGER, ("BatchGetItem", "GetItem", "UpdateItem")),
        Grant(LEDGER, ("Query",), schema.BY_DUE),
    ),
    CLOSE_BOOKS: (
        Grant(_BATCHES, ("DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem")),
        Grant(_ENTRIES, ("Query",)),
        # What the merchant has available, and the entries of its payouts.
        Grant(BALANCE_JOURNAL, ("GetItem", "PutItem")),
        # The destination of its payouts, and when a connected account has them.
        Grant(MERCHANT_SETTINGS, ("GetItem",)),
        Grant(PLATFORMS, ("GetItem",)),
        Grant(CONNECTED_ACCOUNTS, ("GetItem",)),
    ),
    WRITE_REPORTS: (
        Grant(_BATCHES, ("GetItem", "Query", "UpdateItem")),
        Grant(_ENTRIES, ("Query",)),
        # PutObject also covers creating a multipart upload, uploading its parts and completing it.
        Grant(REPORTS, ("AbortMultipartUpload", "PutObject")),
    ),
    ANNOUNCE: (
        Grant(_BATCHES, ("GetItem", "Query")),
        Grant(_ENTRIES, ("Query",)),
        Grant(LEDGER, ("BatchGetItem", "UpdateItem")),
    ),
    CLOSE_BATCH: (
        Grant(_BATCHES, ("GetItem", "Query", "UpdateItem")),
        Grant(TOPIC, ("Publish",)),
    ),
    FAIL_BATCH: (Grant(_BATCHES, ("UpdateItem",)),),
}
_NEEDS: Final[Mapping[str, tuple[type[Settings], ...]]] = {
    OPEN_BATCH: (ClockSettings, FeeSettings, SettlementSettings),
    CLOSE_BOOKS: (ClockSettings,),
    CLOSE_BATCH: (ClockSettings,),
}
_WORKERS: Final = tuple(
    Function(name=name, group="settlement", grants=_GRANTS[name], needs=_NEEDS.get(name, ()), timeout_s=TIMEOUT_S)
    for name in WORKERS
)


class SettlementStack(cdk.Stack):
    """`SettlementEntries`, `SettlementBatches`, the bucket of reports, and the state machine `settle`."""

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        *,
        packages: Path,
        resources: Resources,
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
        # Settlement invokes its expiry sweep, by name.
        self.add_stack_dependency(payments)
        # Settlement publishes to its topic, by name.
        self.add_stack_dependency(events)
        self.tables = settlement_tables(self, environment)
        self.reports = self._bucket(environment)
        self._register(resources)
        functions = Functions(self, environment, packages=packages, resources=resources, requests=requests)
        functions.make_routes((*settlements.ROUTES, *balance.ROUTES))
        # It reads what all stacks before this one store.
        functions.make_routes(search.ROUTES)
        if environment.disbursements:
            make_statements(self, environment, functions)
        workers = {row.name: functions.make(row) for row in _WORKERS}
        expire = self.format_arn(
            service="lambda",
            resource="function",
            resource_name=function_name(environment, EXPIRE_PAYMENTS),
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        machine = self._machine(
            environment, {n: w.function_arn for n, w in workers.items()} | {EXPIRE_PAYMENTS: expire}
        )
        if not environment.keep_data:
            # On deletion, the machine goes first, so that no run puts another report into the emptied bucket.
            machine.node.add_dependency(self._empty_with_stack(functions))
        every_night(self, environment, machine.state_machine_arn)
        cdk.CfnOutput(self, "SettleMachine", value=machine.state_machine_arn, description="Settlement state machine")
        cdk.CfnOutput(
            self, "ReportsBucket", value=self.reports.bucket_name, description="S3 bucket of the settlement reports"
        )

    def _machine(self, environment: Environment, functions: dict[str, str]) -> sfn.StateMachine:
        role = WholeRole(
            self,
            "settle_role",
            description=f"Runs {environment.named(SETTLE)}",
            assumed_by=iam.ServicePrincipal(
                "states.amazonaws.com",
                # AWS Step Functions developer guide, "Cross-service confused deputy prevention".
                conditions={
                    "StringEquals": {"aws:SourceAccount": self.account},
                    "ArnLike": {
                        "aws:SourceArn": self.format_arn(
                            service="states",
                            resource="stateMachine",
                            resource_name=environment.named(SETTLE),
                            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
                        )
                    },
                },
            ),
        )
        role.add_to_principal_policy(
            iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[*functions.values()])
        )
        if environment.is_traced:
            nag_reasons.acknowledge(role, "IAM5 of X-Ray", finding="Resource::*")
        machine = sfn.StateMachine(
            self,
            SETTLE,
            state_machine_name=environment.named(SETTLE),
            definition_body=sfn.DefinitionBody.from_chainable(definition(self, functions)),
            role=role,  # pyright: ignore[reportArgumentType] - jsii's class and its own interface differ
            tracing_enabled=environment.is_traced,
            timeout=LONGEST_RUN,
        )
        nag_reasons.acknowledge(machine, "SF1")
        if not environment.is_traced:
            nag_reasons.acknowledge(machine, "SF2")
        return machine

    def _bucket(self, environment: Environment) -> s3.Bucket:
        """Create the bucket of reports. Its name is generated, since bucket names are unique across all of AWS."""
        bucket = s3.Bucket(
            self,
            "reports",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            versioned=environment.point_in_time_recovery,
            lifecycle_rules=[
                s3.LifecycleRule(
                    # No run lasts this long, so an older incomplete upload was left by a run that was killed.
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(1),
                    # A versioned bucket keeps what was deleted or replaced for ever: an ACH file has names and numbers.
                    noncurrent_version_expiration=NONCURRENT_FILES_EXPIRE_AFTER,
                    expired_object_delete_marker=True,
                )
            ],
            removal_policy=environment.removal_policy,
        )
        nag_reasons.acknowledge(bucket, "S1 of reports")
        return bucket

    def _empty_with_stack(self, functions: Functions) -> cdk.CustomResource:
        """Empty the bucket when the stack is deleted, since S3 deletes no bucket that holds objects."""
        emptier = functions.make(EMPTY_BUCKET)
        for actions, arn in (
            (["s3:GetBucketTagging", "s3:ListBucketVersions"], self.reports.bucket_arn),
            (["s3:DeleteObject", "s3:DeleteObjectVersion"], self.reports.arn_for_objects("*")),
        ):
            emptier.add_to_role_policy(iam.PolicyStatement(actions=actions, resources=[arn]))
        nag_reasons.acknowledge(emptier.role or emptier, "IAM5 of reports", finding=self._objects_finding())
        cdk.Tags.of(self.reports).add(EMPTIED_TAG, "true")
        emptied = cdk.CustomResource(
            self,
            "emptied",
            resource_type="Custom::EmptiedBucket",
            service_token=emptier.function_arn,
            service_timeout=cdk.Duration.seconds(EMPTIED_WITHIN_S),
            properties={"Bucket": self.reports.bucket_name, "Tag": EMPTIED_TAG},
        )
        # On deletion, the bucket and the function's permissions outlive this resource.
        emptied.node.add_dependency(emptier, self.reports)
        return emptied

    def _objects_finding(self, prefix: str = "") -> str:
        bucket = self.get_logical_id(self.reports.node.default_child)  # pyright: ignore[reportArgumentType] - it has one
        return f"Resource::<{bucket}.Arn>/{prefix}*"

    def _register(self, resources: Resources) -> None:
        tables = {
            "settlement_entries_table": self.tables[schema.SETTLEMENT_ENTRIES].table_name,
            "settlement_batches_table": self.tables[schema.SETTLEMENT_BATCHES].table_name,
        }
        for resource in (SETTLEMENT_ENTRIES, SETTLEMENT_BATCHES):
            arn = self.tables[resource.name].table_arn
            resources.add(resource, Place(service="dynamodb", arns=(arn,), facts=tables))
        resources.add(
            REPORTS,
            Place(
                service="s3",
                arns=(self.reports.arn_for_objects("*"),),
                facts={"reports_bucket": self.reports.bucket_name},
                reason=("IAM5 of reports", self._objects_finding()),
            ),
        )
        bucket = {"reports_bucket": self.reports.bucket_name}
        resources.add(
            ACH_FILES,
            Place(
                service="s3",
                arns=(self.reports.arn_for_objects(f"{ACH_PREFIX}*"),),
                facts=bucket,
                reason=("IAM5 of ACH files", self._objects_finding(ACH_PREFIX)),
            ),
        )
        resources.add(
            ACH_FILE_NAMES,
            Place(
                service="s3",
                arns=(self.reports.bucket_arn,),
                facts=bucket,
                conditions={"StringLike": {"s3:prefix": f"{ACH_PREFIX}*"}},
            ),
        )


def settlement_tables(stack: cdk.Stack, environment: Environment) -> dict[str, dynamodb.Table]:
    """Create the tables, and return them by their names without the environment."""
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
        # Batches are never deleted: each carries balances forward to the next.
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
