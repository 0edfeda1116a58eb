"""The pepper: the secret that keys the hashes of cards and bodies. Made once, in the account, and never shown.

CloudFormation cannot create a SecureString, so a function of ours does, as a custom resource.
"""

from pathlib import Path
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam, aws_kms as kms, aws_lambda as lambda_
from constructs import Construct

from stacks import nag_reasons
from stacks.environments import Environment
from stacks.functions import Functions

# Every try of the generator fits into the first; without the second CloudFormation waits an hour for a lost answer.
GENERATOR_TIMEOUT_S: Final = 45
ANSWER_WITHIN_S: Final = 60


class SecretsStack(cdk.Stack):
    """The key that secrets lie under, and the pepper under it."""

    def __init__(self, scope: Construct, environment: Environment, *, packages: Path) -> None:
        super().__init__(
            scope,
            environment.named("secrets"),
            env=environment.aws,
            description="Serverless Payments Sandbox: secrets",
            termination_protection=environment.deletion_protection,
        )
        self.pepper_parameter = f"/paysandbox/{environment.name}/pepper"
        self.pepper_arn = self.format_arn(
            service="ssm", resource="parameter", resource_name=self.pepper_parameter.removeprefix("/")
        )
        self.key = kms.Key(
            self,
            "SecretsKey",
            alias=environment.replaceable_name("secrets"),
            description=f"Encrypts the secrets of {environment.name}",
            enable_key_rotation=True,
            pending_window=cdk.Duration.days(7),
            removal_policy=environment.removal_policy,
        )
        generator = Functions(self, environment, packages=packages).make(
            "generate_secret", group="provisioning", timeout_s=GENERATOR_TIMEOUT_S
        )
        self._allow_generating(generator, may_delete=not environment.keep_data)
        found = f"Resource::{nag_reasons.written_arn(self, 'kms', 'key/*')}"
        nag_reasons.acknowledge(generator.role or generator, "IAM5 of any key", finding=found)
        pepper = cdk.CustomResource(
            self,
            "Pepper",
            resource_type="Custom::GeneratedSecret",
            service_token=generator.function_arn,
            service_timeout=cdk.Duration.seconds(ANSWER_WITHIN_S),
            properties={
                "ParameterName": self.pepper_parameter,
                "KeyId": self.key.key_arn,
                "DeleteWithStack": not environment.keep_data,
                "Description": f"Keys the hashes of cards and request bodies of {environment.name}",
            },
        )
        # The key outlives the parameter on the way down, and the function's rights outlive both.
        pepper.node.add_dependency(generator, self.key)
        cdk.CfnOutput(
            self, "PepperParameter", value=self.pepper_parameter, description="SSM parameter that holds the pepper"
        )

    def allow_reading_pepper(self, function: lambda_.Function) -> None:
        """Give a function the one parameter, and its key for nothing but that parameter."""
        function.add_to_role_policy(iam.PolicyStatement(actions=["ssm:GetParameter"], resources=[self.pepper_arn]))
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=["kms:Decrypt"], resources=[self.key.key_arn], conditions=self._for_pepper_alone()
            )
        )

    def _allow_generating(self, function: lambda_.Function, *, may_delete: bool) -> None:
        actions = ["ssm:PutParameter", "ssm:GetParameter", *(["ssm:DeleteParameter"] if may_delete else [])]
        function.add_to_role_policy(iam.PolicyStatement(actions=actions, resources=[self.pepper_arn]))
        # A pepper that an earlier deployment left behind lies under that one's key, whose id nobody knows here. The
        # conditions hold the right to this parameter, whatever the key.
        any_key = self.format_arn(service="kms", resource="key", resource_name="*")
        function.add_to_role_policy(
            iam.PolicyStatement(actions=["kms:Decrypt"], resources=[any_key], conditions=self._for_pepper_alone())
        )
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=["kms:Encrypt"], resources=[self.key.key_arn], conditions=self._for_pepper_alone()
            )
        )

    def _for_pepper_alone(self) -> dict[str, dict[str, str]]:
        # Parameter Store names the parameter in the encryption context, so the right ends where the parameter does.
        return {
            "StringEquals": {
                "kms:EncryptionContext:PARAMETER_ARN": self.pepper_arn,
                "kms:ViaService": f"ssm.{self.region}.amazonaws.com",
            }
        }
