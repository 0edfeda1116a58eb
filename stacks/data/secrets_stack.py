"""The key for hashing cards and bodies, and the secret that the secrets of webhook endpoints are derived from.

Each is generated once, in the account, and never displayed. CloudFormation cannot create a SecureString, so a custom
resource does.
"""

from pathlib import Path
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam, aws_kms as kms, aws_lambda as lambda_
from constructs import Construct

from paysandbox.aws.resources import (
    HASHING_KEYS as HASHING_KEYS_PARAMETER,
    PAYPAL_CREDENTIALS,
    STRIPE_SECRET_KEY,
    STRIPE_WEBHOOK_SECRET,
    WEBHOOK_SECRET,
)
from paysandbox.http.route import Function
from stacks import nag_reasons
from stacks.environments import Environment
from stacks.functions import Functions
from stacks.resources import Place, Resources, only_for

# The first timeout covers every retry of the generator. Without the second, CloudFormation waits an hour for a lost
# response.
GENERATE_SECRET: Final = Function(name="generate_secret", group="provisioning", timeout_s=45)
ANSWER_WITHIN_S: Final = 60


# Parameter Store's own key of the account. Its policy lets principals of the account use it through Parameter Store,
# for the parameters that they may use, so no role needs a permission on it (AWS KMS developer guide, "How AWS Systems
# Manager Parameter Store uses AWS KMS").
AWS_KEY: Final = "alias/aws/ssm"


# The parameters that the generator writes (`lambdas/provisioning/generate_secret.py`).
PEPPER: Final = "pepper"
MASTER: Final = "master"


class SecretsStack(cdk.Stack):
    """The hashing keys and the webhook secret, and the KMS key of all secrets, if it is not AWS's."""

    def __init__(self, scope: Construct, environment: Environment, *, packages: Path, resources: Resources) -> None:
        super().__init__(
            scope,
            environment.named("secrets"),
            env=environment.aws,
            description="Serverless Payments Sandbox: secrets",
            termination_protection=environment.deletion_protection,
        )
        self.hashing_keys_parameter = f"/paysandbox/{environment.name}/pepper"
        self.webhook_parameter = f"/paysandbox/{environment.name}/webhook-secret"
        self.key = self._customer_key(environment) if environment.secrets_key == "customer" else None
        resources.add(
            HASHING_KEYS_PARAMETER,
            self._readable(self.hashing_keys_parameter, hashing_keys_parameter=self.hashing_keys_parameter),
        )
        webhook = self._readable(self.webhook_parameter, webhook_secret_parameter=self.webhook_parameter)
        resources.add(WEBHOOK_SECRET, webhook)
        # The environment defines their names.
        resources.add(STRIPE_SECRET_KEY, self._readable(environment.stripe_key_parameter))
        resources.add(STRIPE_WEBHOOK_SECRET, self._readable(environment.stripe_webhook_parameter))
        resources.add(PAYPAL_CREDENTIALS, self._readable(environment.paypal_credentials_parameter))
        generator = Functions(self, environment, packages=packages, resources=resources).make(GENERATE_SECRET)
        self._allow_generating(generator, may_delete=not environment.keep_data)
        found = f"Resource::{nag_reasons.written_arn(self, 'kms', 'key/*')}"
        nag_reasons.acknowledge(generator.role or generator, "IAM5 of any key", finding=found)
        self._generate(
            "Pepper",
            environment,
            generator,
            parameter=self.hashing_keys_parameter,
            form=PEPPER,
            description=f"Hashing keys for card numbers and request bodies of {environment.name}",
        )
        self._generate(
            "WebhookSecret",
            environment,
            generator,
            parameter=self.webhook_parameter,
            form=MASTER,
            description=f"Master secret of the webhook endpoint secrets of {environment.name}",
        )
        cdk.CfnOutput(
            self,
            "PepperParameter",
            value=self.hashing_keys_parameter,
            description="SSM parameter of the hashing keys",
        )

    def _customer_key(self, environment: Environment) -> kms.Key:
        return kms.Key(
            self,
            "SecretsKey",
            alias=environment.replaceable_name("secrets"),
            description=f"Encrypts the secrets of {environment.name}",
            enable_key_rotation=True,
            pending_window=cdk.Duration.days(7),
            # Unlike other resources, also kept if its creation fails: the generator may have put secrets of an earlier
            # deployment under it, which a retained ledger still needs.
            removal_policy=cdk.RemovalPolicy.RETAIN if environment.keep_data else cdk.RemovalPolicy.DESTROY,
        )

    def _readable(self, parameter: str, **facts: object) -> Place:
        """Return a parameter encrypted with the key of the secrets. It may be created after the deployment."""
        key_arn = self.key.key_arn if self.key else None
        return Place(service="ssm", arns=(self._arn(parameter),), facts=facts, secret_key=key_arn)

    def _generate(
        self,
        construct_id: str,
        environment: Environment,
        generator: lambda_.Function,
        *,
        parameter: str,
        form: str,
        description: str,
    ) -> None:
        """Create a parameter, whose value the generator makes in one of its forms."""
        secret = cdk.CustomResource(
            self,
            construct_id,
            resource_type="Custom::GeneratedSecret",
            service_token=generator.function_arn,
            service_timeout=cdk.Duration.seconds(ANSWER_WITHIN_S),
            properties={
                "ParameterName": parameter,
                "Form": form,
                "KeyId": self.key.key_arn if self.key else AWS_KEY,
                "DeleteWithStack": not environment.keep_data,
                "Description": description,
            },
        )
        # On deletion, the key outlives the parameter, and the function's permissions outlive both.
        secret.node.add_dependency(generator, *([self.key] if self.key else []))

    def _allow_generating(self, function: lambda_.Function, *, may_delete: bool) -> None:
        actions = ["ssm:PutParameter", "ssm:GetParameter", *(["ssm:DeleteParameter"] if may_delete else [])]
        arns = [self._arn(parameter) for parameter in (self.hashing_keys_parameter, self.webhook_parameter)]
        function.add_to_role_policy(iam.PolicyStatement(actions=actions, resources=arns))
        # A secret left by an earlier deployment is encrypted with that deployment's key, whose ID is unknown here. The
        # conditions restrict the permission to these parameters, whatever the key.
        any_key = self.format_arn(service="kms", resource="key", resource_name="*")
        for action, key in (("kms:Decrypt", any_key), ("kms:Encrypt", self.key.key_arn if self.key else None)):
            if key is not None:
                function.add_to_role_policy(
                    iam.PolicyStatement(actions=[action], resources=[key], conditions=only_for(self, arns))
                )

    def _arn(self, parameter: str) -> str:
        return self.format_arn(service="ssm", resource="parameter", resource_name=parameter.removeprefix("/"))
