"""The key for hashing cards and bodies, and the secret that the secrets of webhook endpoints are derived from.

Each is generated once, in the account, and never displayed. A custom resource does it, because CloudFormation refuses a
secret that a deleted environment left. They are secrets of Secrets Manager: each execution environment reads them when
it starts, and hundreds that start at once exceed the quota of Parameter Store. The credentials that operators set are
parameters.
"""

from pathlib import Path
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam, aws_kms as kms, aws_lambda as lambda_
from constructs import Construct

from paysandbox.aws.resources import (
    HASHING_KEYS,
    PAYPAL_CREDENTIALS,
    STRIPE_PUBLISHABLE_KEY,
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


# Each service's own key of the account. Its policy lets principals of the account use it through the service, for the
# secrets or parameters that they may use, so no role needs a permission on it (AWS Secrets Manager user guide, "Secret
# encryption and decryption"; AWS KMS developer guide, "How AWS Systems Manager Parameter Store uses AWS KMS").
AWS_KEY: Final = "alias/aws/secretsmanager"
AWS_KEY_OF_PARAMETERS: Final = "alias/aws/ssm"

# What Secrets Manager writes into the encryption context, instead of an ARN or a version, when it tries whether the
# caller may use a key (AWS Secrets Manager user guide, "Secret encryption and decryption").
VALIDATION: Final = "RequestToValidateKeyAccess"


_SUFFIX: Final = "-??????"

# What the generator creates (`lambdas/provisioning/generate_secret.py`).
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
        self.hashing_keys = f"/paysandbox/{environment.name}/pepper"
        # Secrets Manager appends a hyphen and six characters to a name, so no name may end like that.
        self.webhook_secret = f"/paysandbox/{environment.name}/webhooks"
        self.key = self._customer_key(environment) if environment.secrets_key == "customer" else None
        resources.add(HASHING_KEYS, self._secret(self.hashing_keys, hashing_keys_secret=self.hashing_keys))
        resources.add(WEBHOOK_SECRET, self._secret(self.webhook_secret, webhook_secret_name=self.webhook_secret))
        # The environment defines their names.
        resources.add(STRIPE_SECRET_KEY, self._parameter(environment.stripe_key_parameter))
        resources.add(STRIPE_WEBHOOK_SECRET, self._parameter(environment.stripe_webhook_parameter))
        resources.add(
            STRIPE_PUBLISHABLE_KEY,
            Place(service="ssm", arns=(self._parameter_arn(environment.stripe_publishable_parameter),)),
        )
        resources.add(PAYPAL_CREDENTIALS, self._parameter(environment.paypal_credentials_parameter))
        generator = Functions(self, environment, packages=packages, resources=resources).make(GENERATE_SECRET)
        self._allow_generating(generator, may_delete=not environment.keep_data)
        found = f"Resource::{nag_reasons.written_arn(self, 'kms', 'key/*')}"
        nag_reasons.acknowledge(generator.role or generator, "IAM5 of any key", finding=found)
        self._generate(
            "Pepper",
            environment,
            generator,
            name=self.hashing_keys,
            form=PEPPER,
            description=f"Hashing keys for card numbers and request bodies of {environment.name}",
        )
        self._generate(
            "WebhookSecret",
            environment,
            generator,
            name=self.webhook_secret,
            form=MASTER,
            description=f"Master secret of the webhook endpoint secrets of {environment.name}",
        )
        cdk.CfnOutput(
            self,
            "ParameterKey",
            value=self.key.key_arn if self.key else AWS_KEY_OF_PARAMETERS,
            description="KMS key of the credentials that operators set",
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

    def _secret(self, name: str, **facts: object) -> Place:
        """Return a secret of Secrets Manager."""
        return Place(service="secretsmanager", arns=(self._arn_of(name),), facts=facts, secret_key=self._key_arn)

    def _parameter(self, name: str) -> Place:
        """Return a parameter encrypted with the key of the secrets. It may be created after the deployment."""
        return Place(service="ssm", arns=(self._parameter_arn(name),), secret_key=self._key_arn)

    def _parameter_arn(self, name: str) -> str:
        return self.format_arn(service="ssm", resource="parameter", resource_name=name.removeprefix("/"))

    @property
    def _key_arn(self) -> str | None:
        return self.key.key_arn if self.key else None

    def _generate(
        self,
        construct_id: str,
        environment: Environment,
        generator: lambda_.Function,
        *,
        name: str,
        form: str,
        description: str,
    ) -> None:
        """Create a secret, whose value the generator makes in one of its forms."""
        secret = cdk.CustomResource(
            self,
            construct_id,
            resource_type="Custom::GeneratedSecret",
            service_token=generator.function_arn,
            service_timeout=cdk.Duration.seconds(ANSWER_WITHIN_S),
            properties={
                "SecretName": name,
                "Form": form,
                "KeyId": self._key_arn or AWS_KEY,
                "DeleteWithStack": not environment.keep_data,
                "Description": description,
            },
        )
        # On deletion, the key outlives the secret, and the function's permissions outlive both.
        secret.node.add_dependency(generator, *([self.key] if self.key else []))

    def _allow_generating(self, function: lambda_.Function, *, may_delete: bool) -> None:
        actions = [f"secretsmanager:{verb}Secret" for verb in ("Create", "Update", *(["Delete"] if may_delete else []))]
        secrets = [self._arn_of(name) for name in (self.hashing_keys, self.webhook_secret)]
        # A secret that does not exist yet has no characters after its name.
        new = [arn.removesuffix(_SUFFIX) for arn in secrets]
        function.add_to_role_policy(iam.PolicyStatement(actions=actions, resources=[*secrets, *new]))
        # A secret left by an earlier deployment is encrypted with that deployment's key, whose ID is unknown here. The
        # conditions restrict the permission to these secrets, whatever the key.
        conditions = only_for(self, "secretsmanager", [*secrets, VALIDATION])
        any_key = self.format_arn(service="kms", resource="key", resource_name="*")
        function.add_to_role_policy(
            iam.PolicyStatement(actions=["kms:Decrypt"], resources=[any_key], conditions=conditions)
        )
        if self.key is not None:
            function.add_to_role_policy(
                iam.PolicyStatement(
                    actions=["kms:Encrypt", "kms:GenerateDataKey"], resources=[self.key.key_arn], conditions=conditions
                )
            )

    def _arn_of(self, name: str) -> str:
        """Return the pattern of a secret's ARN, which ends with six characters that Secrets Manager chooses."""
        arn_format = cdk.ArnFormat.COLON_RESOURCE_NAME
        return self.format_arn(
            service="secretsmanager", resource="secret", resource_name=name + _SUFFIX, arn_format=arn_format
        )
