"""`paysandbox doctor --env`: what an AWS account lacks for an environment, before its deployment and after."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from cli.connection.target import Target
from cli.diagnose.finding import Finding, run_checks
from cli.terminal.failure import Failure

NEW_ACCOUNT_EXECUTIONS: Final = 10
"""AWS Lambda developer guide, "Lambda quotas": what a new account has until its use grows."""
EXECUTIONS_OF_PROD: Final = 1_000
"""The default quota. The workers of `prod` take most of it (docs/explanation/capacity.md)."""
GATEWAY_REQUESTS_PER_S: Final = 10_000
"""The default quota of most Regions. Newer ones have 2,500 (Amazon API Gateway developer guide, "Quotas")."""
BOOTSTRAP_VERSION_MIN: Final = 6
"""The least that the templates of the CDK accept."""
BOOTSTRAP_VERSION: Final = "/cdk-bootstrap/hnb659fds/version"
ISSUER: Final = "token.actions.githubusercontent.com"
TAG: Final = "environment"
"""The cost allocation tag that budgets filter by."""

_QUOTAS: Final = "Request more in the AWS console: Service Quotas, "


def account_findings(target: Target) -> list[Finding]:
    """Check an account. An error in a check is a finding of its own."""
    return run_checks(CHECKS, target)


def check_credentials(target: Target) -> Iterator[Finding]:
    """Check that the credentials are valid, and whose they are."""
    caller = target.client("sts").get_caller_identity()
    yield Finding("account", ok=True, what=f"{caller['Account']} in {target.region}, as {caller['Arn']}")


def check_region(target: Target) -> Iterator[Finding]:
    """Check that the account has enabled the Region. In one that it has not, credentials are called invalid."""
    from botocore.exceptions import ClientError

    try:
        status = target.client("account").get_region_opt_status(RegionName=target.region)["RegionOptStatus"]
    except ClientError as error:
        if "AccessDenied" not in str(error):
            raise
        yield Finding("region", ok=True, what=f"Your credentials may not read whether {target.region} is enabled.")
        return
    enabled, enabling = status in ("ENABLED", "ENABLED_BY_DEFAULT"), status == "ENABLING"
    yield Finding(
        "region",
        ok=enabled,
        what=f"{target.region} is {'' if enabled else 'being ' if enabling else 'not '}enabled.",
        why="" if enabled else "AWS calls valid credentials invalid there.",
        advice=""
        if enabled
        else "Wait: a few minutes, sometimes hours."
        if enabling
        else f"Run `aws account enable-region --region-name {target.region}`, or deploy in another Region.",
    )


def check_bootstrap(target: Target) -> Iterator[Finding]:
    """Check that the CDK has been prepared in this account and Region, recently enough."""
    ssm = target.client("ssm")
    try:
        version = int(ssm.get_parameter(Name=BOOTSTRAP_VERSION)["Parameter"]["Value"])
    except ssm.exceptions.ParameterNotFound:
        version = 0
    ok = version >= BOOTSTRAP_VERSION_MIN
    yield Finding(
        "bootstrap",
        ok=ok,
        what=f"cdk bootstrap, version {version}" if version else "cdk bootstrap has not been run.",
        why="" if ok else "The CDK uploads code to what it creates.",
        advice="" if ok else "Run `cdk bootstrap`.",
    )


def check_python(_: Target) -> Iterator[Finding]:
    """Check whether this machine has the Python that writes the layers' byte code."""
    from layers.build import python_for, target_named

    wanted = target_named("aws")
    python = python_for(wanted)
    yield Finding(
        "python",
        ok=python is not None,
        what=f"Python {wanted.python} at {python}" if python else f"Python {wanted.python} is not on this machine.",
        why="" if python else "The layers get no byte code, so every cold start compiles them; prod is refused.",
        advice="" if python else f"Install it: uv python install {wanted.python}",
    )


def check_concurrency(target: Target) -> Iterator[Finding]:
    """Check how many functions may run at once."""
    limit: int = target.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    wanted = EXECUTIONS_OF_PROD if target.environment == "prod" else NEW_ACCOUNT_EXECUTIONS
    ok = limit >= wanted
    is_new = limit <= NEW_ACCOUNT_EXECUTIONS
    yield Finding(
        "concurrency",
        ok=ok,
        what=f"{limit:,} concurrent executions"
        + (", those of a new account: about 20 payments a second" if is_new else ""),
        why="" if ok else f"The workers of prod would leave the API none: it is sized for {wanted:,}.",
        advice=f"{_QUOTAS}AWS Lambda, Concurrent executions." if is_new or not ok else "",
    )


def check_gateway(target: Target) -> Iterator[Finding]:
    """Check how many requests the account's APIs take."""
    rate = int(target.client("apigateway").get_account()["throttleSettings"]["rateLimit"])
    ok = rate >= GATEWAY_REQUESTS_PER_S or target.environment != "prod"
    yield Finding(
        "gateway",
        ok=ok,
        what=f"{rate:,} requests a second, for all APIs of the account in {target.region}",
        why="" if ok else f"prod is sized for {GATEWAY_REQUESTS_PER_S:,}.",
        advice="" if ok else f"{_QUOTAS}Amazon API Gateway, Throttle rate.",
    )


def secret_names(environment: str) -> tuple[str, str]:
    """Return the names of an environment's generated secrets."""
    return f"/paysandbox/{environment}/pepper", f"/paysandbox/{environment}/webhooks"


def check_secrets(target: Target) -> Iterator[Finding]:
    """Check that no secret of the environment waits for its deletion, during which it keeps its name."""
    secrets = target.client("secretsmanager")
    pending: list[str] = []
    for name in secret_names(target.environment):
        try:
            described = secrets.describe_secret(SecretId=name)
        except secrets.exceptions.ResourceNotFoundException:
            continue
        if "DeletedDate" in described:
            pending.append(name)
    yield Finding(
        "secrets",
        ok=not pending,
        what=f"{' and '.join(pending)}: scheduled for deletion" if pending else "No secret is scheduled for deletion.",
        why="The deployment cannot create a secret of that name." if pending else "",
        advice="; ".join(f"aws secretsmanager restore-secret --secret-id {name}" for name in pending),
    )


def check_identity_provider(target: Target) -> Iterator[Finding]:
    """Check whether the account has GitHub's identity provider, of which it can have one."""
    from botocore.exceptions import ClientError

    providers = target.client("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"]
    arn = next((each["Arn"] for each in providers if each["Arn"].endswith(f"/{ISSUER}")), None)
    if arn is None:
        yield Finding("github", ok=True, what="No identity provider for GitHub: the pipeline's stack creates it.")
        return
    own = f"paysandbox-{target.environment}-pipeline"
    try:
        resources = target.client("cloudformation").describe_stack_resources(PhysicalResourceId=arn)["StackResources"]
    except ClientError as error:
        if "ValidationError" not in str(error):
            raise
        resources = []
    is_own = any(each["StackName"] == own for each in resources)
    yield Finding(
        "github",
        ok=True,
        what="GitHub's identity provider is this environment's."
        if is_own
        else "The account has an identity provider for GitHub.",
        # With its own, the option would remove it from the stack, and delete it.
        advice="" if is_own else f"To deploy from GitHub, deploy {own} with -c github_provider_arn={arn}",
    )


def check_mail(target: Target) -> Iterator[Finding]:
    """Check whether receipts of donations reach anybody."""
    is_free: bool = target.client("sesv2").get_account()["ProductionAccessEnabled"]
    yield Finding(
        "mail",
        ok=True,
        what="SES may send to everybody"
        if is_free
        else "SES is in its sandbox: receipts reach verified addresses only",
        advice="" if is_free else "To send receipts (`receipts_from`), request production access in the SES console.",
    )


def check_budget_tag(target: Target) -> Iterator[Finding]:
    """Check whether the budget counts anything."""
    from botocore.exceptions import ClientError

    try:
        tags = target.client("ce").list_cost_allocation_tags(TagKeys=[TAG])["CostAllocationTags"]
    except ClientError as error:
        if "AccessDenied" not in str(error):
            raise
        yield Finding(
            "budget",
            ok=True,
            what="Your credentials may not read tags of costs.",
            advice=f"Activate the tag `{TAG}` in the account that pays (docs/how-to/operate.md): else the budget is 0.",
        )
        return
    status = tags[0]["Status"] if tags else None
    yield Finding(
        "budget",
        ok=status != "Inactive",
        what={"Active": f"The tag `{TAG}` is active.", "Inactive": f"The tag `{TAG}` is not active."}.get(
            status or "", f"AWS does not know the tag `{TAG}` yet; it does within 24 hours of the first deployment."
        ),
        why="The budget shows 0 and sends no alerts." if status == "Inactive" else "",
        advice=""
        if status == "Active"
        else f"aws ce update-cost-allocation-tags-status --cost-allocation-tags-status TagKey={TAG},Status=Active",
    )


def check_subscribers(target: Target) -> Iterator[Finding]:
    """Check whether anybody is notified of alarms."""
    try:
        topic = target.outputs("monitoring")["AlarmTopic"]
    except Failure:
        yield Finding("alarms", ok=True, what=f"{target.environment} is not deployed in {target.region} yet")
        return
    found = target.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    waiting = [each["Endpoint"] for each in found if each["SubscriptionArn"] == "PendingConfirmation"]
    notified = [each["Endpoint"] for each in found if each["Endpoint"] not in waiting]
    yield Finding(
        "alarms",
        ok=bool(notified),
        what=f"notify {', '.join(notified)}" if notified else "Nobody is notified of alarms.",
        why="" if notified else "An outage or a settlement that failed is only found by looking.",
        advice=f"Follow the link in AWS's mail to {', '.join(waiting)}."
        if waiting
        else ""
        if notified
        else f'Put alarm_email = "…" into environments/{target.environment}.toml, and deploy.',
    )


CHECKS: Final[tuple[Callable[[Target], Iterator[Finding]], ...]] = (
    check_region,
    check_credentials,
    check_bootstrap,
    check_python,
    check_secrets,
    check_concurrency,
    check_gateway,
    check_identity_provider,
    check_mail,
    check_budget_tag,
    check_subscribers,
)
