"""`paysandbox doctor --env`: what an AWS account lacks. botocore stubs the services, some of which moto lacks."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from cli.connection.target import Target
from cli.diagnose import account
from cli.diagnose.finding import Finding, run_checks
from tests.support.builders.build import MONDAY

CALLER = {"Account": "123456789012", "UserId": "AIDA", "Arn": "arn:aws:iam::123456789012:user/ops"}
TOPIC = "arn:aws:sns:eu-west-1:123456789012:paysandbox-dev-alarms"
ACTIVE = {"TagKey": "environment", "Type": "UserDefined", "Status": "Active"}
SUBSCRIBED = {"SubscriptionArn": f"{TOPIC}:1", "Owner": "1", "Protocol": "email", "Endpoint": "ops@example.com"}

MONITORING = {
    "StackName": "paysandbox-dev-monitoring",
    "CreationTime": MONDAY,
    "StackStatus": "CREATE_COMPLETE",
    "Outputs": [{"OutputKey": "AlarmTopic", "OutputValue": TOPIC}],
}

Answer = Callable[..., None]


class StubbedTarget(Target):
    """A target whose clients have prepared answers."""

    def client(self, service: str) -> Any:
        return CLIENTS[service]


CLIENTS: dict[str, Any] = {}


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Answer]:
    """Provide a function that prepares a service's answer to a call, or its error."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    stubs: dict[str, Stubber] = {}

    def prepare(service: str, operation: str, response: dict[str, Any] | str) -> None:
        if service not in stubs:
            session: Any = boto3.Session(region_name="eu-west-1")
            CLIENTS[service] = session.client(service)
            stubs[service] = Stubber(CLIENTS[service])
            stubs[service].activate()
        if isinstance(response, str):
            stubs[service].add_client_error(operation, response)
        else:
            stubs[service].add_response(operation, response)

    yield prepare
    CLIENTS.clear()


def found(check: Callable[[Target], Iterator[Finding]], env: str = "dev") -> Finding:
    (finding,) = run_checks([check], StubbedTarget(env, "eu-west-1", "", None))
    return finding


@pytest.mark.parametrize(
    "version, ok, says",
    [
        ("21", True, "version 21"),
        ("6", True, "version 6"),
        ("5", False, "cdk bootstrap"),
        (None, False, "not been run"),
    ],
)
def test_the_cdk_is_prepared(answer: Answer, version: str | None, *, ok: bool, says: str) -> None:
    answer("ssm", "get_parameter", {"Parameter": {"Value": version}} if version else "ParameterNotFound")
    finding = found(account.check_bootstrap)
    assert (finding.ok, says in finding.what) == (ok, True)
    assert bool(finding.advice) is not ok


@pytest.mark.parametrize(
    "env, limit, ok, advised",
    [("dev", 10, True, True), ("dev", 1_000, True, False), ("prod", 10, False, True), ("prod", 1_000, True, False)],
)
def test_functions_may_run_at_once(answer: Answer, env: str, limit: int, *, ok: bool, advised: bool) -> None:
    answer("lambda", "get_account_settings", {"AccountLimit": {"ConcurrentExecutions": limit}})
    finding = found(account.check_concurrency, env)
    assert (finding.ok, "Service Quotas" in finding.advice) == (ok, advised)


@pytest.mark.parametrize("env, rate, ok", [("dev", 2_500, True), ("prod", 2_500, False), ("prod", 10_000, True)])
def test_the_gateway_takes_requests(answer: Answer, env: str, rate: int, *, ok: bool) -> None:
    answer("apigateway", "get_account", {"throttleSettings": {"rateLimit": float(rate), "burstLimit": 5_000}})
    assert found(account.check_gateway, env).ok is ok


@pytest.mark.parametrize(
    "status, ok, says",
    [
        ("ENABLED", True, "is enabled"),
        ("ENABLED_BY_DEFAULT", True, "is enabled"),
        ("ENABLING", False, "is being enabled"),
        ("DISABLED", False, "aws account enable-region --region-name eu-west-1"),
        ("DISABLING", False, "aws account enable-region --region-name eu-west-1"),
        ("AccessDeniedException", True, "may not read"),
        ("TooManyRequestsException", False, "TooManyRequests"),
    ],
)
def test_the_region_is_enabled(answer: Answer, status: str, *, ok: bool, says: str) -> None:
    opted = {"RegionName": "eu-west-1", "RegionOptStatus": status}
    answer("account", "get_region_opt_status", status if status.endswith("Exception") else opted)
    finding = found(account.check_region)
    assert (finding.ok, says in f"{finding.what} {finding.advice}") == (ok, True)


@pytest.mark.parametrize("pending", [(), ("/paysandbox/dev/webhooks",), account.secret_names("dev")])
def test_no_secret_waits_for_its_deletion(answer: Answer, pending: tuple[str, ...]) -> None:
    for name in account.secret_names("dev"):
        answer(
            "secretsmanager", "describe_secret", {"Name": name} | ({"DeletedDate": MONDAY} if name in pending else {})
        )
    finding = found(account.check_secrets)
    assert finding.ok is not bool(pending)
    assert finding.advice.count("aws secretsmanager restore-secret --secret-id /paysandbox/dev/") == len(pending)


def test_secrets_of_an_account_without_the_environment_are_no_problem(answer: Answer) -> None:
    for _ in account.secret_names("dev"):
        answer("secretsmanager", "describe_secret", "ResourceNotFoundException")
    assert found(account.check_secrets).ok


PROVIDER = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
OTHER_PROVIDER = "arn:aws:iam::123456789012:oidc-provider/accounts.google.com"


@pytest.mark.parametrize(
    "providers, owner, says",
    [
        ([OTHER_PROVIDER], None, "creates"),
        ([OTHER_PROVIDER, PROVIDER], "paysandbox-dev-pipeline", "this environment's"),
        ([PROVIDER], "paysandbox-prod-pipeline", f"-c github_provider_arn={PROVIDER}"),
        ([PROVIDER], "", f"-c github_provider_arn={PROVIDER}"),
    ],
)
def test_githubs_identity_provider_is_named_if_another_stack_has_it(
    answer: Answer, providers: list[str], owner: str | None, says: str
) -> None:
    """Naming one's own would delete it: the stack would no longer contain it."""
    answer("iam", "list_open_id_connect_providers", {"OpenIDConnectProviderList": [{"Arn": arn} for arn in providers]})
    if owner is not None:
        resource = {
            "StackName": owner,
            "LogicalResourceId": "GitHub",
            "ResourceType": "AWS::IAM::OIDCProvider",
            "Timestamp": MONDAY,
            "ResourceStatus": "CREATE_COMPLETE",
        }
        answer(
            "cloudformation", "describe_stack_resources", {"StackResources": [resource]} if owner else "ValidationError"
        )
    finding = found(account.check_identity_provider)
    assert finding.ok
    assert says in f"{finding.what} {finding.advice}"
    assert ("github_provider_arn" in finding.advice) is ("github_provider_arn" in says)


@pytest.mark.parametrize("production", [True, False])
def test_receipts_reach_donors_outside_the_sandbox_of_ses(answer: Answer, *, production: bool) -> None:
    answer("sesv2", "get_account", {"ProductionAccessEnabled": production})
    assert bool(found(account.check_mail).advice) is not production


@pytest.mark.parametrize(
    "tags, ok, says",
    [
        ([ACTIVE], True, "is active"),
        ([ACTIVE | {"Status": "Inactive"}], False, "is not active"),
        ([], True, "within 24 hours"),
        ("AccessDeniedException", True, "may not read tags"),
        ("LimitExceededException", False, "LimitExceeded"),
    ],
)
def test_the_budget_counts(answer: Answer, tags: list[dict[str, str]] | str, *, ok: bool, says: str) -> None:
    answer("ce", "list_cost_allocation_tags", tags if isinstance(tags, str) else {"CostAllocationTags": tags})
    finding = found(account.check_budget_tag)
    assert (finding.ok, says in finding.what) == (ok, True)


@pytest.mark.parametrize(
    "subscriptions, ok, says",
    [
        ([SUBSCRIBED], True, "notify ops@example.com"),
        ([SUBSCRIBED | {"SubscriptionArn": "PendingConfirmation"}], False, "mail to ops@example.com"),
        ([], False, "alarm_email"),
        (None, True, "not deployed"),
    ],
)
def test_somebody_is_notified(answer: Answer, subscriptions: list[Any] | None, *, ok: bool, says: str) -> None:
    if subscriptions is None:
        answer("cloudformation", "describe_stacks", "Stack paysandbox-dev-monitoring does not exist")
    else:
        answer("cloudformation", "describe_stacks", {"Stacks": [MONITORING]})
        answer("sns", "list_subscriptions_by_topic", {"Subscriptions": subscriptions})
    finding = found(account.check_subscribers)
    assert (finding.ok, says in f"{finding.what} {finding.advice}") == (ok, True)


def test_whose_account_it_is(answer: Answer) -> None:
    answer("sts", "get_caller_identity", CALLER)
    assert found(account.check_credentials).what == "123456789012 in eu-west-1, as arn:aws:iam::123456789012:user/ops"


def test_a_call_that_is_denied_is_a_finding(answer: Answer) -> None:
    answer("lambda", "get_account_settings", "AccessDeniedException")
    finding = found(account.check_concurrency)
    assert (finding.check, finding.ok, finding.why) == ("concurrency", False, "The check could not run.")


def test_this_machine_has_the_functions_python_or_says_how_to_get_it() -> None:
    finding = found(account.check_python)
    assert finding.ok or "uv python install" in finding.advice
