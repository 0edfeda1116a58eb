"""An in-memory AWS account with the parts of a deployed environment that the program uses."""

import functools
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.apigateway.models import apigateway_backends
from moto.awslambda.models import LambdaFunction
from moto.core.models import DEFAULT_ACCOUNT_ID

from cli.connection.target import Target
from paysandbox.aws.schema import API_KEYS, API_KEYS_KEY, MERCHANT_SETTINGS, MERCHANT_SETTINGS_KEY
from tests.support.worlds import moto_shortcuts
from tests.support.worlds.moto_store import MOTO
from tests.support.worlds.stores import answering

REGION = "us-east-1"

BASE_URL = "https://api.example.test"
PLANS = ("sandbox", "load", "dashboard")


class _Here(Target):
    """A target of this machine, whose AWS is the account."""

    def client(self, service: str) -> Any:
        return _client(service)


@dataclass(frozen=True)
class Account:
    """The account, the usage plans of its two APIs, and clients to inspect it outside of the program."""

    environment: str
    plan_ids: Mapping[str, str]
    v1_plan_ids: Mapping[str, str]
    log_groups: dict[str, str] = field(default_factory=dict)

    @property
    def target(self) -> Target:
        """The environment as the program finds it."""
        return Target(self.environment, REGION, BASE_URL, None)

    @property
    def here(self) -> Target:
        """The environment as the program finds a sandbox on this machine."""
        return _Here(self.environment, REGION, BASE_URL, "http://localhost:4610")

    def client(self, service: str) -> Any:
        """Return a client of a service."""
        return _client(service)

    def deploy_api(self, outputs: Mapping[str, str]) -> None:
        """Create the api stack with these outputs."""
        self.deploy_stack("api", outputs)

    def deploy_v1(self, stripe_api_base: str) -> None:
        """Create the v1 stack anew, with this address for Stripe's SDKs."""
        self.client("cloudformation").delete_stack(StackName=f"paysandbox-{self.environment}-v1")
        self.deploy_stack("v1", {"StripeApiBase": stripe_api_base, **plan_outputs(self.v1_plan_ids)})

    def deploy_stack(self, name: str, outputs: Mapping[str, str]) -> None:
        """Create a stack of the environment. Only its outputs matter."""
        template = {
            "Resources": {
                "Something": {
                    "Type": "AWS::SSM::Parameter",
                    "Properties": {"Name": f"of-{name}", "Type": "String", "Value": "1"},
                }
            },
            "Outputs": {output: {"Value": value} for output, value in outputs.items()},
        }
        self.client("cloudformation").create_stack(
            StackName=f"paysandbox-{self.environment}-{name}", TemplateBody=json.dumps(template)
        )

    def deploy_function(
        self, name: str, *, log_group: str | None = None, variables: Mapping[str, str] | None = None
    ) -> str:
        """Create a function that logs to `log_group` (by default Lambda's default), and return the log group's name."""
        physical_name = f"paysandbox-{self.environment}-{name}"
        group = log_group or f"/aws/lambda/{physical_name}"
        self.log_groups[physical_name] = group
        self.client("lambda").create_function(
            FunctionName=physical_name,
            Role=self._role(),
            Runtime="python3.13",
            Handler="module.handler",
            Code={"ZipFile": _empty_zip()},
            Environment={"Variables": dict(variables or {})},
        )
        with suppress(self.client("logs").exceptions.ResourceAlreadyExistsException):
            self.client("logs").create_log_group(logGroupName=group)
        return group

    def deploy_keys(self) -> str:
        """Create the table of API keys, and return its name."""
        return self._deploy_table(API_KEYS, API_KEYS_KEY)

    def deploy_settings(self) -> str:
        """Create the table of merchants' settings, and return its name."""
        return self._deploy_table(MERCHANT_SETTINGS, MERCHANT_SETTINGS_KEY)

    def _deploy_table(self, of: str, key: str) -> str:
        name = f"paysandbox-{self.environment}-{of}"
        self.client("dynamodb").create_table(
            TableName=name,
            KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        return name

    def write_log(self, group: str, stream: str, lines: Mapping[int, list[str]]) -> None:
        """Append log lines, by timestamp in milliseconds."""
        logs = self.client("logs")
        with suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
        events = [{"timestamp": at_ms, "message": text} for at_ms, texts in sorted(lines.items()) for text in texts]
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)

    def _role(self) -> str:
        iam = self.client("iam")
        trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        with suppress(iam.exceptions.EntityAlreadyExistsException):
            iam.create_role(RoleName="runs", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
        return iam.get_role(RoleName="runs")["Role"]["Arn"]


@functools.cache
def _client(service: str) -> Any:
    """Return a client shared by all accounts: moto intercepts the calls of any client."""
    return boto3.client(service, region_name=REGION)  # pyright: ignore[reportCallIssue, reportArgumentType] - boto3's types know services by literals alone


@contextmanager
def deployed(environment: str = "dev", *, outputs: Mapping[str, str] | None = None) -> Iterator[Account]:
    """Create an account with the environment's stacks `api` and `v1`. `outputs` override those of `api`."""
    moto_shortcuts.take_for_stacks()
    with mock_aws(), answering(MOTO), pytest.MonkeyPatch.context() as shell:
        shell.setenv("AWS_REGION", REGION)
        shell.setenv("AWS_DEFAULT_REGION", REGION)
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
            shell.delenv(name, raising=False)
        gateway = apigateway_backends[DEFAULT_ACCOUNT_ID][REGION]
        plan_ids, v1_plan_ids = (
            {plan: gateway.create_usage_plan({"name": f"{environment}-{of}{plan}"}).id for plan in plans}
            for of, plans in (("", (*PLANS, "operator")), ("v1-", PLANS))
        )
        account = Account(environment, plan_ids, v1_plan_ids)
        shell.setattr(LambdaFunction, "get_configuration", _with_log_groups(account.log_groups))
        account.deploy_api(
            {
                "BaseUrl": BASE_URL,
                **plan_outputs(plan_ids),
                "ApiKeysTable": account.deploy_keys(),
                "MerchantSettingsTable": account.deploy_settings(),
            }
            | dict(outputs or {})
        )
        account.deploy_v1(BASE_URL)
        yield account


def plan_outputs(plan_ids: Mapping[str, str]) -> dict[str, str]:
    """Return the outputs with which a stack names its usage plans."""
    return {f"UsagePlan{name.title()}Id": plan_id for name, plan_id in plan_ids.items()}


def _with_log_groups(log_groups: Mapping[str, str]) -> Callable[..., Any]:
    """Return a replacement of moto's get_configuration that adds the log group and revision."""
    say = LambdaFunction.get_configuration

    def get_configuration(function: LambdaFunction, *arguments: Any, **options: Any) -> dict[str, Any]:
        logging = {"LogFormat": "Text", "LogGroup": log_groups[function.function_name]}
        said = say(function, *arguments, **options)
        return said | {"LoggingConfig": logging, "RevisionId": f"revision {hash(str(said))}"}

    return get_configuration


def _empty_zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("module.py", "")
    return packed.getvalue()
