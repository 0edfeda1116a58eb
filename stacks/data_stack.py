"""The tables of payments and payment methods: what must not be lost. Apart from everything that is deployed often."""

from collections.abc import Mapping, Sequence
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb, aws_iam as iam, aws_kms as kms, aws_lambda as lambda_
from constructs import Construct

from paysandbox.domain.identity import AUTHORIZATION, CLAIM
from paysandbox.table import schema
from stacks import nag_reasons
from stacks.environments import Environment
from stacks.streams import READ_STREAM

# DynamoDB opens a table under a customer's key with the rights of the caller: reading needs the first, writing both.
_READ_UNDER_KEY = ("kms:Decrypt", "kms:DescribeKey")
_WRITE_UNDER_KEY = ("kms:Encrypt", "kms:GenerateDataKey")
READS: Final = frozenset({"BatchGetItem", "GetItem", "Query"})


class DataStack(cdk.Stack):
    """`PaymentsLedger`: payments and claims. `PaymentMethods`: cards that were sent by themselves."""

    def __init__(self, scope: Construct, environment: Environment) -> None:
        super().__init__(
            scope,
            environment.named("data"),
            env=environment.aws,
            description="Serverless Payments Sandbox: the ledger",
            termination_protection=environment.deletion_protection,
        )
        self.key = self._customer_key(environment) if environment.customer_key else None
        self.api_keys = self._keys(environment)
        self.ledger = dynamodb.Table(
            self,
            schema.LEDGER,
            table_name=environment.replaceable_name(schema.LEDGER),
            partition_key=_text(schema.PARTITION_KEY),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED if self.key else None,
            encryption_key=self.key,  # pyright: ignore[reportArgumentType] - jsii calls one parameter otherwise
            # The stream is the outbox: what a record adds to the operations are the events.
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
        # All of them in the first version: later, DynamoDB makes one index per update of a table.
        for index in schema.INDEXES:
            self.ledger.add_global_secondary_index(
                index_name=index.name,
                partition_key=_text(index.partition_key),
                sort_key=_text(index.sort_key),
                projection_type=dynamodb.ProjectionType.KEYS_ONLY,
            )
        self.payment_methods = self._payment_methods(environment)
        cdk.CfnOutput(self, "LedgerTable", value=self.ledger.table_name, description="Name of the payments table")

    def allow(
        self,
        function: lambda_.Function,
        *,
        actions: tuple[str, ...],
        indexes: tuple[str, ...] = (),
        only: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """Give a function these DynamoDB actions on the table, and Query on these indexes. No more than named.

        With `only`, a request may name no more than this: of `LeadingKeys` keys of these forms (`*` stands for
        anything), of `Attributes` these.
        """
        table_arn = self.ledger.table_arn
        if actions:
            named = [f"dynamodb:{action}" for action in actions]
            limits = {f"dynamodb:{name}": [*values] for name, values in (only or {}).items()}
            held = {"ForAllValues:StringLike": limits} if limits else None
            function.add_to_role_policy(iam.PolicyStatement(actions=named, resources=[table_arn], conditions=held))
        if indexes:
            arns = [f"{table_arn}/index/{index}" for index in indexes]
            function.add_to_role_policy(iam.PolicyStatement(actions=["dynamodb:Query"], resources=arns))
        if self.key and (actions or indexes):
            function.add_to_role_policy(use_of_key(self, self.key.key_arn, writes=not READS.issuperset(actions)))

    def allow_payment_methods(self, function: lambda_.Function, *, actions: tuple[str, ...]) -> None:
        """Give a function these DynamoDB actions on the table of payment methods."""
        if not actions:
            return
        named = [f"dynamodb:{action}" for action in actions]
        function.add_to_role_policy(iam.PolicyStatement(actions=named, resources=[self.payment_methods.table_arn]))
        if self.key:
            function.add_to_role_policy(use_of_key(self, self.key.key_arn, writes=not READS.issuperset(actions)))

    @property
    def stream_arn(self) -> str:
        """The ledger's stream: what each write was before and after."""
        arn = self.ledger.table_stream_arn
        if arn is None:
            raise AssertionError("the ledger has no stream")
        return arn

    def allow_stream(self, function: lambda_.Function) -> None:
        """Let a function read the stream, which lies under the table's key."""
        named = [f"dynamodb:{action}" for action in READ_STREAM]
        function.add_to_role_policy(iam.PolicyStatement(actions=named, resources=[self.stream_arn]))
        if self.key:
            function.add_to_role_policy(use_of_key(self, self.key.key_arn, writes=False))

    def allow_claiming(self, function: lambda_.Function, *, of_all_routes: bool = False) -> None:
        """Let a function bind idempotency keys in the ledger. Its payments stay out of reach.

        A key `of_all_routes` is bound where a payment under it would lie, so there such a function may put items too:
        with a claim's attributes and no other, so that it makes no payment. That it replaces none is the write's
        condition alone.
        """
        places = (f"{CLAIM}_*", f"{AUTHORIZATION}_*") if of_all_routes else (f"{CLAIM}_*",)
        limits = {"Attributes": schema.CLAIM_ATTRIBUTES} if of_all_routes else {}
        self.allow(function, actions=("PutItem",), only={"LeadingKeys": places, **limits})

    def allow_reading_keys(self, function: lambda_.Function) -> None:
        """Let a function look up a key by its digest. It cannot list them."""
        function.add_to_role_policy(
            iam.PolicyStatement(actions=["dynamodb:GetItem"], resources=[self.api_keys.table_arn])
        )

    def _payment_methods(self, environment: Environment) -> dynamodb.Table:
        table = dynamodb.Table(
            self,
            schema.PAYMENT_METHODS,
            table_name=environment.replaceable_name(schema.PAYMENT_METHODS),
            partition_key=_text(schema.PAYMENT_METHODS_KEY),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED if self.key else None,
            encryption_key=self.key,  # pyright: ignore[reportArgumentType] - jsii calls one parameter otherwise
            time_to_live_attribute=schema.TTL_ATTRIBUTE,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=environment.point_in_time_recovery
            ),
            deletion_protection=environment.deletion_protection,
            removal_policy=environment.removal_policy,
        )
        if not environment.point_in_time_recovery:
            nag_reasons.acknowledge(table, "DDB3 of the ledger")
        return table

    def _customer_key(self, environment: Environment) -> kms.Key:
        return kms.Key(
            self,
            "LedgerKey",
            description=f"Encrypts the payments ledger of {environment.name}",
            enable_key_rotation=True,
            removal_policy=environment.removal_policy,
        )

    def _keys(self, environment: Environment) -> dynamodb.Table:
        """The table of keys. It goes with its stack everywhere: so do the usage plans, without which no key is one.

        Its name is fixed, so that the program and the pipeline's role know it without being told.
        """
        table = dynamodb.Table(
            self,
            schema.API_KEYS,
            table_name=environment.named(schema.API_KEYS),
            partition_key=_text(schema.API_KEYS_KEY),
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


def use_of_key(stack: cdk.Stack, key_arn: str, *, writes: bool) -> iam.PolicyStatement:
    """The right to read a table under a customer's key, or to write it too; through DynamoDB and no other service."""
    return iam.PolicyStatement(
        actions=[*_READ_UNDER_KEY, *(_WRITE_UNDER_KEY if writes else ())],
        resources=[key_arn],
        conditions={"StringEquals": {"kms:ViaService": f"dynamodb.{stack.region}.amazonaws.com"}},
    )
