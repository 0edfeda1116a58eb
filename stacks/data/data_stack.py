"""The tables of payments and payment methods, which must not be lost. Kept apart from stacks that change often."""

from dataclasses import replace

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb, aws_kms as kms
from constructs import Construct

from paysandbox.aws import schema
from paysandbox.aws.resources import (
    API_KEYS,
    BALANCE_JOURNAL,
    CONNECTED_ACCOUNTS,
    DISBURSEMENTS,
    DISBURSEMENTS_STREAM,
    DISPUTES,
    EPHEMERAL_KEYS,
    IDEMPOTENCY_RECORDS,
    LEDGER,
    LEDGER_STREAM,
    MERCHANT_FUNDS,
    MERCHANT_SETTINGS,
    PLATFORMS,
    SHARED_IDEMPOTENCY_RECORDS,
    STRIPE_OBJECTS_STREAM,
    Resource,
    table as of_table,
)
from paysandbox.aws.settings import table_variable
from paysandbox.core.ids import AUTHORIZATION, CLAIM
from paysandbox.stripe_api.connect.connected_account import ACCOUNT, PLATFORM
from paysandbox.stripe_api.resources.ephemeral_keys.ephemeral_key_resource import EPHEMERAL_KEY
from stacks import nag_reasons
from stacks.data.warm_throughput import warm
from stacks.environments import Environment
from stacks.resources import Place, Resources
from stacks.workers.faults import faults_table


class DataStack(cdk.Stack):
    """`PaymentsLedger`: payments and idempotency records. The tables beside it are rows of the schema: `StripeObjects`
    (what the Stripe-compatible API stores beside payments), `Timers` (what falls due on payments), `Disputes` (which
    payments are disputed, and the evidence), and `Customers`, `MerchantFunds` and `Disbursements` (who is paid out to,
    from what, and how)."""

    def __init__(self, scope: Construct, environment: Environment, *, resources: Resources) -> None:
        super().__init__(
            scope,
            environment.named("data"),
            env=environment.aws,
            description="Serverless Payments Sandbox: the ledger",
            termination_protection=environment.deletion_protection,
        )
        self.key = self._customer_key(environment) if environment.customer_key else None
        self.api_keys = self._table_of_plans(environment, schema.API_KEYS, schema.API_KEYS_KEY)
        self.merchant_settings = self._table_of_plans(
            environment, schema.MERCHANT_SETTINGS, schema.MERCHANT_SETTINGS_KEY
        )
        self.ledger = dynamodb.Table(
            self,
            schema.LEDGER,
            table_name=environment.replaceable_name(schema.LEDGER),
            partition_key=_text(schema.PARTITION_KEY),
            warm_throughput=warm(environment, schema.LEDGER),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED if self.key else None,
            encryption_key=self.key,  # pyright: ignore[reportArgumentType] - jsii calls one parameter otherwise
            # The stream is the outbox: operations that a write adds to a payment become events.
            stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
            time_to_live_attribute=schema.TTL_ATTRIBUTE,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=environment.point_in_time_recovery
            ),
            deletion_protection=environment.deletion_protection,
            removal_policy=environment.removal_policy,
        )
        if not environment.point_in_time_recovery:
            nag_reasons.acknowledge(self.ledger, "DDB3 of the ledger")
        # All indexes exist from the first deployment: a later table update can create only one index at a time.
        for index in schema.INDEXES:
            self.ledger.add_global_secondary_index(
                index_name=index.name,
                partition_key=_text(index.partition_key),
                sort_key=_text(index.sort_key),
                projection_type=dynamodb.ProjectionType.KEYS_ONLY,
                warm_throughput=warm(environment, schema.LEDGER, index.name),
            )
        if environment.clock_may_move:
            faults_table(self, environment)
        self._tables = {row.name: self._table(environment, row) for row in schema.BESIDE_LEDGER}
        self._register(resources)
        self._register_tables(resources)
        cdk.CfnOutput(self, "LedgerTable", value=self.ledger.table_name, description="Name of the payments table")
        for table, output, what in (
            (schema.TIMERS, "TimersTable", "table of timers"),
            (schema.DISPUTES, "DisputesTable", "disputes table"),
            (schema.STRIPE_OBJECTS, "StripeObjectsTable", "table of Stripe's objects"),
            (schema.MERCHANT_FUNDS, "FundsTable", "table of funds"),
            (schema.DISBURSEMENTS, "DisbursementsTable", "table of disbursements"),
        ):
            cdk.CfnOutput(self, output, value=self._tables[table].table_name, description=f"Name of the {what}")
        days = str(environment.retention_days)
        cdk.CfnOutput(self, "RetentionDays", value=days, description="Days that payments are kept")

    @property
    def stream_arn(self) -> str:
        """The ledger's stream, with the old and new image of each write."""
        arn = self.ledger.table_stream_arn
        if arn is None:
            raise AssertionError("the ledger has no stream")
        return arn

    def _register(self, resources: Resources) -> None:
        key = self.key.key_arn if self.key else None
        facts = {"ledger_table": self.ledger.table_name}
        in_ledger = Place(service="dynamodb", arns=(self.ledger.table_arn,), facts=facts, table_key=key)
        resources.add(LEDGER, in_ledger)
        # Where an idempotency key is unique across all routes, a function may write items under the keys of payments
        # too. They can have only the attributes of an idempotency record, so that the function cannot create a payment.
        # Only the write's condition prevents it from replacing one.
        own = {"dynamodb:LeadingKeys": [f"{CLAIM}_*"]}
        resources.add(IDEMPOTENCY_RECORDS, replace(in_ledger, conditions={"ForAllValues:StringLike": own}))
        shared = {
            "dynamodb:LeadingKeys": [f"{CLAIM}_*", f"{AUTHORIZATION}_*"],
            "dynamodb:Attributes": [*schema.IDEMPOTENCY_ATTRIBUTES],
        }
        resources.add(SHARED_IDEMPOTENCY_RECORDS, replace(in_ledger, conditions={"ForAllValues:StringLike": shared}))
        resources.add(LEDGER_STREAM, Place(service="dynamodb", arns=(self.stream_arn,), table_key=key))
        resources.add(
            API_KEYS,
            Place(
                service="dynamodb",
                arns=(self.api_keys.table_arn,),
                facts={"api_keys_table": self.api_keys.table_name},
            ),
        )
        resources.add(
            MERCHANT_SETTINGS,
            Place(
                service="dynamodb",
                arns=(self.merchant_settings.table_arn,),
                facts={"merchant_settings_table": self.merchant_settings.table_name},
            ),
        )

    def _register_tables(self, resources: Resources) -> None:
        key = self.key.key_arn if self.key else None
        names = {name: table.table_name for name, table in self._tables.items()}
        funds = names[schema.MERCHANT_FUNDS]
        of_disbursements = {"disbursements_table": names[schema.DISBURSEMENTS], "disbursements_funds_table": funds}
        with_settings: dict[str, tuple[Resource, dict[str, str]]] = {
            schema.DISPUTES: (DISPUTES, {"disputes_table": names[schema.DISPUTES]}),
            schema.MERCHANT_FUNDS: (MERCHANT_FUNDS, {"funds_table": funds}),
            schema.DISBURSEMENTS: (DISBURSEMENTS, of_disbursements),
        }
        for name, table in self._tables.items():
            resource, facts = with_settings.get(name) or (of_table(name), {table_variable(name): names[name]})
            resources.add(resource, Place(service="dynamodb", arns=(table.table_arn,), facts=facts, table_key=key))
        journal = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{schema.JOURNAL}*"]}}
        in_funds = Place(
            service="dynamodb",
            arns=(self._tables[schema.MERCHANT_FUNDS].table_arn,),
            facts={"funds_table": funds},
            table_key=key,
            conditions=journal,
        )
        resources.add(BALANCE_JOURNAL, in_funds)
        objects = self._tables[schema.STRIPE_OBJECTS]
        parts = ((EPHEMERAL_KEYS, EPHEMERAL_KEY), (CONNECTED_ACCOUNTS, ACCOUNT), (PLATFORMS, PLATFORM))
        for part, kind in parts:
            keys = {"dynamodb:LeadingKeys": [f"{kind}#*"]}
            resources.add(
                part,
                Place(
                    service="dynamodb",
                    arns=(objects.table_arn,),
                    facts={table_variable(schema.STRIPE_OBJECTS): objects.table_name},
                    table_key=key,
                    conditions={"ForAllValues:StringLike": keys},
                ),
            )
        streams = {DISBURSEMENTS_STREAM: schema.DISBURSEMENTS, STRIPE_OBJECTS_STREAM: schema.STRIPE_OBJECTS}
        for stream, name in streams.items():
            resources.add(stream, Place(service="dynamodb", arns=(self.stream_of(name),), table_key=key))

    def stream_of(self, table: str) -> str:
        """Return the ARN of the stream of a table beside the ledger, with the old and new image of each write."""
        arn = self._tables[table].table_stream_arn
        if arn is None:
            raise AssertionError(f"{table} has no stream")
        return arn

    def _table(self, environment: Environment, row: schema.Table) -> dynamodb.Table:
        """Create a table beside the ledger, with the same encryption, protection and backups."""
        table = dynamodb.Table(
            self,
            row.name,
            table_name=environment.replaceable_name(row.name),
            partition_key=_text(row.partition_key),
            sort_key=_text(row.sort_key) if row.sort_key else None,
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED if self.key else None,
            encryption_key=self.key,  # pyright: ignore[reportArgumentType] - jsii calls one parameter otherwise
            stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES if row.has_stream else None,
            time_to_live_attribute=schema.TTL_ATTRIBUTE if row.expires else None,
            warm_throughput=warm(environment, row.name),
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=environment.point_in_time_recovery
            ),
            deletion_protection=environment.deletion_protection,
            removal_policy=environment.removal_policy,
        )
        if not environment.point_in_time_recovery:
            nag_reasons.acknowledge(table, "DDB3 of the ledger")
        for index in row.indexes:
            table.add_global_secondary_index(
                index_name=index.name,
                partition_key=_text(index.partition_key),
                sort_key=_text(index.sort_key),
                projection_type=dynamodb.ProjectionType.KEYS_ONLY,
            )
        return table

    def _customer_key(self, environment: Environment) -> kms.Key:
        return kms.Key(
            self,
            "LedgerKey",
            description=f"Encrypts the payments ledger of {environment.name}",
            enable_key_rotation=True,
            removal_policy=environment.removal_policy,
        )

    def _table_of_plans(self, environment: Environment, name: str, key: str) -> dynamodb.Table:
        """Create the table of API keys, or that of merchants' settings.

        It is deleted with its stack everywhere, like the usage plans without which keys, and the merchants that they
        make, are void. Its name is fixed, so that the CLI and the pipeline's role can refer to it.
        """
        table = dynamodb.Table(
            self,
            name,
            table_name=environment.named(name),
            partition_key=_text(key),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=environment.point_in_time_recovery
            ),
            deletion_protection=environment.deletion_protection,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        if not environment.point_in_time_recovery:
            nag_reasons.acknowledge(table, "DDB3 of the ledger")
        return table


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
