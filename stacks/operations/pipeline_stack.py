"""Deployment from GitHub: short-lived roles that trust the workflows of one repository, without stored keys.

Created only with `-c github_repository=owner/name`, so that `cdk deploy --all` never creates it accidentally. An
administrator of the account deploys it, before the others with `--exclusively`: it needs none of them, and comes after
them in `app.py` only so that its failure skips nothing. The pipeline itself does not set the option and so cannot
change its own permissions.
"""

from collections.abc import Mapping
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from paysandbox.aws import schema
from paysandbox.core.merchant import VERIFICATION_TAG
from stacks.environments import Environment
from stacks.regions import name_in_account

ISSUER: Final = "token.actions.githubusercontent.com"
AUDIENCE: Final = "sts.amazonaws.com"

# The roles of `cdk bootstrap` that a deployment assumes. There are no container images, so not image-publishing.
DEPLOYING: Final = ("deploy", "file-publishing", "lookup")
DIFFING: Final = ("lookup",)

# The shortest that IAM allows. Deploying all stacks takes minutes, and CloudFormation continues without the session.
SESSION: Final = cdk.Duration.hours(2)
"""Longer than a deployment may take (`timeout-minutes` of the workflow)."""


class PipelineStack(cdk.Stack):
    """GitHub's identity provider, and the roles of one environment."""

    def __init__(self, scope: Construct, environment: Environment, *, repository: str) -> None:
        super().__init__(
            scope,
            environment.named("pipeline"),
            env=environment.aws,
            description="Serverless Payments Sandbox: deployment roles for GitHub",
        )
        self._environment = environment
        self._repository = repository
        self._provider_arn = environment.github_provider_arn or self._provider()
        in_environment = f"environment:{environment.name}"
        deploys = self._role("deploy", in_environment, f"Deploys {environment.name} from {repository}")
        self._may_assume(deploys, DEPLOYING)
        if environment.pull_requests_may_diff:
            # GitHub issues no tokens to pull requests from forks.
            compares = self._role("diff", "pull_request", f"Compares pull requests with {environment.name}")
            self._may_assume(compares, DIFFING)
        if environment.verified_by_pipeline:
            self._may_verify(self._role("verify", in_environment, f"Tries what was deployed to {environment.name}"))

    def _provider(self) -> str:
        # Without thumbprints: AWS trusts this issuer's certificate through its own list of certificate authorities.
        provider = iam.CfnOIDCProvider(self, "GitHub", url=f"https://{ISSUER}", client_id_list=[AUDIENCE])
        return provider.attr_arn

    def _role(self, name: str, subject: str, description: str) -> iam.Role:
        """Create a role for workflows of the repository whose token has exactly this subject."""
        trusted = {f"{ISSUER}:aud": AUDIENCE, f"{ISSUER}:sub": f"repo:{self._repository}:{subject}"}
        role = iam.Role(
            self,
            f"{name}_role",
            role_name=name_in_account(self, self._environment, name),
            description=description,
            assumed_by=iam.WebIdentityPrincipal(self._provider_arn, {"StringEquals": trusted}),  # pyright: ignore[reportArgumentType] - jsii calls one parameter otherwise
            max_session_duration=SESSION,
        )
        cdk.CfnOutput(
            self,
            f"{name.title()}RoleArn",
            value=role.role_arn,
            description=f"GitHub variable AWS_{name.upper()}_ROLE_ARN",
        )
        return role

    def _may_assume(self, role: iam.Role, bootstrapped: tuple[str, ...]) -> None:
        qualifier = self.synthesizer.bootstrap_qualifier or cdk.DefaultStackSynthesizer.DEFAULT_QUALIFIER
        arns = [
            self.format_arn(
                service="iam",
                region="",
                resource="role",
                resource_name=f"cdk-{qualifier}-{what}-role-{self.account}-{self.region}",
            )
            for what in bootstrapped
        ]
        role.add_to_policy(iam.PolicyStatement(actions=["sts:AssumeRole"], resources=arns))

    def _may_verify(self, role: iam.Role) -> None:
        """Allow `paysandbox verify`: read the outputs of four stacks, create a key and a donor, and delete both.

        Nothing lists keys, which would show the keys of every environment in the account.
        """
        outputs = [
            self.format_arn(
                service="cloudformation", resource="stack", resource_name=f"{self._environment.named(stack)}/*"
            )
            for stack in ("api", "v1", "donors", "dashboard")
        ]
        role.add_to_policy(iam.PolicyStatement(actions=["cloudformation:DescribeStacks"], resources=outputs))
        # How many functions may run at once decides how many checks do. The action has no resource.
        role.add_to_policy(iam.PolicyStatement(actions=["lambda:GetAccountSettings"], resources=["*"]))
        self._may_have_keys(role)
        table = self.format_arn(
            service="dynamodb", resource="table", resource_name=self._environment.named(schema.API_KEYS)
        )
        role.add_to_policy(iam.PolicyStatement(actions=["dynamodb:PutItem", "dynamodb:DeleteItem"], resources=[table]))
        role.add_to_policy(
            iam.PolicyStatement(
                actions=[
                    "cognito-idp:AdminCreateUser",
                    "cognito-idp:AdminSetUserPassword",
                    "cognito-idp:AdminInitiateAuth",
                    "cognito-idp:AdminDeleteUser",
                ],
                resources=[self.format_arn(service="cognito-idp", resource="userpool", resource_name="*")],
                # The pool's ID is unknown before it exists, so the policy matches the tags that app.py puts on every
                # resource.
                conditions=self._of_environment,
            )
        )

    def _may_have_keys(self, role: iam.Role) -> None:
        """Allow to create tagged keys, to add them to this environment's usage plans, and to delete them.

        A new key's ID is made by API Gateway, and so is a plan's before this stack is deployed. Actions, resources and
        condition keys: Service Authorization Reference, "Amazon API Gateway Management".
        """
        own = {VERIFICATION_TAG: self._environment.name}
        # Creating a key with tags also needs the right to tag, which AWS checks for the key `*` (by its messages of
        # refusals: this is not documented). `${*}` is that character alone, so that no existing key can be tagged.
        encoded = f"arn%3A{self.partition}%3Aapigateway%3A{self.region}%3A%3A%2Fapikeys%2F"
        for action, path, conditions in (
            ("POST", "apikeys", _equal("aws:RequestTag", own)),
            ("PUT", f"tags/{encoded}${{*}}", None),
            ("POST", "usageplans/*/keys", self._of_environment),
            ("DELETE", "apikeys/*", _equal("aws:ResourceTag", own)),
        ):
            role.add_to_policy(
                iam.PolicyStatement(
                    actions=[f"apigateway:{action}"], resources=[self._gateway(path)], conditions=conditions
                )
            )

    @property
    def _of_environment(self) -> dict[str, dict[str, str]]:
        """The condition that a resource has the tags that app.py puts on every resource of this environment."""
        return _equal("aws:ResourceTag", self._environment.tags)

    def _gateway(self, path: str) -> str:
        return f"arn:{self.partition}:apigateway:{self.region}::/{path}"


def _equal(key: str, tags: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {"StringEquals": {f"{key}/{name}": value for name, value in tags.items()}}
