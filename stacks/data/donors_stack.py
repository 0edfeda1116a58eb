"""Donors and their donations: the table, which must not be lost, and the user pool in which donors sign in.

Kept apart from stacks that change often: neither the schema of a pool nor the key of a table can be changed.
"""

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_cognito as cognito, aws_dynamodb as dynamodb, aws_kms as kms
from constructs import Construct

from paysandbox.aws import schema
from paysandbox.aws.resources import DONATIONS, DONATIONS_STREAM
from stacks import nag_reasons
from stacks.data.data_stack import DataStack
from stacks.environments import Environment
from stacks.resources import Place, Resources

WEB_CLIENT: Final = "WebAppClient"
PASSWORD_LENGTH: Final = 12


class DonorsStack(cdk.Stack):
    """`DonationsPlatformTable`, the user pool, and the app client for a donor's browser."""

    def __init__(self, scope: Construct, environment: Environment, *, data: DataStack, resources: Resources) -> None:
        super().__init__(
            scope,
            environment.named("donors"),
            env=environment.aws,
            description="Serverless Payments Sandbox: donors and their donations",
            termination_protection=environment.deletion_protection,
        )
        # The ledger's KMS key, if it has one: a second key would cost a dollar a month and serve the same principals.
        self.key = data.key
        self.table = donations_table(self, environment, key=self.key)
        self.pool = self._pool(environment)
        self.client = self.pool.add_client(
            WEB_CLIENT,
            user_pool_client_name=WEB_CLIENT,
            # A browser cannot keep a secret.
            generate_secret=False,
            # Password authentication is for callers with AWS permissions (`paysandbox donations sign-in`). Browsers use
            # SRP.
            auth_flows=cognito.AuthFlow(user_srp=True, admin_user_password=True),
            disable_o_auth=True,
            prevent_user_existence_errors=True,
            enable_token_revocation=True,
            id_token_validity=cdk.Duration.hours(1),
            access_token_validity=cdk.Duration.hours(1),
            refresh_token_validity=cdk.Duration.days(30),
        )
        key = self.key.key_arn if self.key else None
        facts = {"dynamo_table_name": self.table.table_name}
        resources.add(DONATIONS, Place(service="dynamodb", arns=(self.table.table_arn,), facts=facts, table_key=key))
        resources.add(DONATIONS_STREAM, Place(service="dynamodb", arns=(self.stream_arn,), table_key=key))
        for name, value, description in (
            ("DonationsTable", self.table.table_name, "Name of the table of donors and donations"),
            ("UserPoolId", self.pool.user_pool_id, "Cognito user pool of the donors"),
            ("WebAppClientId", self.client.user_pool_client_id, "Cognito app client of the donors"),
        ):
            cdk.CfnOutput(self, name, value=value, description=description)

    @property
    def stream_arn(self) -> str:
        """The table's stream, with the old and new image of each write."""
        arn = self.table.table_stream_arn
        if arn is None:
            raise AssertionError("the table of donations has no stream")
        return arn

    def _pool(self, environment: Environment) -> cognito.UserPool:
        """Create the user pool. Its required attributes can never change: CloudFormation would replace the pool."""
        pool = cognito.UserPool(
            self,
            "DonorPool",
            user_pool_name=environment.replaceable_name("donors"),
            # The more expensive plans add threat protection and token customization, which we do not use.
            feature_plan=cognito.FeaturePlan.LITE,
            self_sign_up_enabled=True,
            sign_in_aliases=cognito.SignInAliases(email=True),
            sign_in_case_sensitive=False,
            standard_attributes=cognito.StandardAttributes(
                email=cognito.StandardAttribute(required=True, mutable=True),
                fullname=cognito.StandardAttribute(required=True, mutable=True),
            ),
            auto_verify=cognito.AutoVerifiedAttrs(email=True),
            # The old address remains valid until the new one is confirmed.
            keep_original=cognito.KeepOriginalAttrs(email=True),
            user_verification=cognito.UserVerificationConfig(
                email_style=cognito.VerificationEmailStyle.CODE,
                email_subject="Your confirmation code for Donate Now",
                email_body="Your confirmation code is {####}.",
            ),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            mfa=cognito.Mfa.OFF,
            password_policy=cognito.PasswordPolicy(
                min_length=PASSWORD_LENGTH,
                require_lowercase=True,
                require_uppercase=True,
                require_digits=True,
                require_symbols=True,
                temp_password_validity=cdk.Duration.days(7),
            ),
            deletion_protection=environment.deletion_protection,
            removal_policy=environment.removal_policy,
        )
        for why in ("COG2", "COG8"):
            nag_reasons.acknowledge(pool, why)
        return pool


def donations_table(stack: cdk.Stack, environment: Environment, *, key: kms.Key | None = None) -> dynamodb.Table:
    """Create the table, encrypted with the customer managed key if one is given."""
    table = dynamodb.Table(
        stack,
        schema.DONATIONS,
        table_name=environment.replaceable_name(schema.DONATIONS),
        partition_key=_text(schema.DONATIONS_KEY),
        sort_key=_text(schema.DONATIONS_SORT),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED if key else None,
        encryption_key=key,  # pyright: ignore[reportArgumentType] - jsii calls one parameter otherwise
        # The stream is the outbox: changes to a donation become its events.
        stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
        time_to_live_attribute=schema.TTL_ATTRIBUTE,
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=environment.point_in_time_recovery
        ),
        deletion_protection=environment.deletion_protection,
        removal_policy=environment.removal_policy,
    )
    if not environment.point_in_time_recovery:
        nag_reasons.acknowledge(table, "DDB3 of the ledger")
    # Both indexes exist from the first deployment: a later table update can create only one index at a time.
    for index, projection in (
        (schema.RECENT_DONATIONS, dynamodb.ProjectionType.ALL),
        (schema.OPEN_RECEIPTS, dynamodb.ProjectionType.KEYS_ONLY),
    ):
        table.add_global_secondary_index(
            index_name=index.name,
            partition_key=_text(index.partition_key),
            sort_key=_text(index.sort_key),
            projection_type=projection,
        )
    return table


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
