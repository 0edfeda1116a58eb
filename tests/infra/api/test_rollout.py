"""Rollout of payment functions in prod only: new code gets a tenth of the traffic first, and is rolled back on failure.

Also the aliases of functions that several routes share.
"""

from dataclasses import replace

import pytest

from api_reference.routes import ROUTES
from paysandbox.payments import routes as payments
from paysandbox.stripe_api import routes as stripe_api
from stacks.api.aliases import LIVE, called_name, is_gradual
from stacks.api.rollout import _TOO_MANY
from stacks.environments import ENVIRONMENTS, SettingError, environment_of
from tests.infra.templates import (
    ACCOUNT,
    EVERY_TYPE,
    REGION,
    Resource,
    Synthesized,
    deployed_from_github,
    templates_for,
    text,
)

GROUP = "AWS::CodeDeploy::DeploymentGroup"
ALIAS = "AWS::Lambda::Alias"
EVERY_ROUTE = ROUTES + stripe_api.DEPLOYED
FUNCTIONS = {route.function_name for route in payments.ROUTES}
SHARING = [route for route in EVERY_ROUTE if route.function is not None]


def test_environments_with_gradual_rollout(synthesized: Synthesized) -> None:
    assert synthesized.environment.gradual_rollout is (synthesized.environment.name == "prod")
    gradual = synthesized.environment.gradual_rollout
    assert len(synthesized.all(GROUP)) == (len(payments.ROUTES) if gradual else 0)
    assert len(synthesized.all("AWS::Lambda::Version")) == (len(FUNCTIONS) if gradual else 0)


def test_only_payment_routes_are_rolled_out_gradually(synthesized: Synthesized) -> None:
    gradual = tuple(route for route in EVERY_ROUTE if is_gradual(synthesized.environment, route))
    assert gradual == (payments.ROUTES if synthesized.environment.gradual_rollout else ())


def test_each_route_of_a_shared_function_has_its_own_alias(synthesized: Synthesized) -> None:
    """Lambda has metrics per alias; the local engine would start a worker for each."""
    environment = synthesized.environment
    for route in SHARING:
        alias = "" if environment.name == "local" else f":{route.name}"
        assert called_name(environment, route) == f"paysandbox-{environment.name}-{route.function}{alias}"


def test_aliases_match_the_integrations(synthesized: Synthesized) -> None:
    called = [called_name(synthesized.environment, route).partition(":")[2] for route in EVERY_ROUTE]
    assert sorted(alias.properties["Name"] for alias in synthesized.all(ALIAS)) == sorted(filter(None, called))


def test_other_aliases_move_at_once(synthesized: Synthesized) -> None:
    gradual = {route.name for route in EVERY_ROUTE if is_gradual(synthesized.environment, route)}
    for alias in synthesized.all(ALIAS):
        if alias.properties["Name"] not in gradual | {LIVE}:
            assert text(alias.properties["FunctionVersion"]).endswith("$LATEST")


def test_code_deploy_moves_the_aliases_with_one_role_that_trusts_this_applications_groups(
    synthesized: Synthesized,
) -> None:
    groups = synthesized.all(GROUP)
    if not groups:
        return
    (role,) = (one for one in synthesized.all("AWS::IAM::Role") if one.id.startswith("rolloutsrole"))
    for group in groups:
        assert group.properties["ServiceRoleArn"] == {"Fn::GetAtt": [role.id, "Arn"]}
    (trust,) = role.properties["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "codedeploy.amazonaws.com"}
    application = f"paysandbox-{synthesized.environment.name}-payments"
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
    (arn,) = trust["Condition"]["ArnLike"].values()
    assert text(arn).endswith(f":codedeploy:{REGION}:{ACCOUNT}:deploymentgroup:{application}/*")
    assert len(role.properties["ManagedPolicyArns"]) == 1


def test_canary_of_10_percent_for_5_minutes(synthesized: Synthesized) -> None:
    for group in synthesized.all(GROUP):
        assert group.properties["DeploymentConfigName"] == "CodeDeployDefault.LambdaCanary10Percent5Minutes"
        assert group.properties["DeploymentStyle"]["DeploymentOption"] == "WITH_TRAFFIC_CONTROL"


def test_alarms_roll_back_the_deployment(synthesized: Synthesized) -> None:
    """Triggers are crashes of the alias being shifted, or server errors; a stopped rollout is rolled back too."""
    alarms = {alarm.id: alarm for alarm in synthesized.all("AWS::CloudWatch::Alarm")}
    aliases = [called_name(synthesized.environment, route).rpartition(":")[2] for route in payments.ROUTES]
    for group in synthesized.all(GROUP):
        alarm, failed = (alarms[one["Name"]["Ref"]] for one in group.properties["AlarmConfiguration"]["Alarms"])
        assert counted(failed) == {
            f"paysandbox/{synthesized.environment.name} PaymentsFailed",
            "AWS/Lambda Invocations",
        }
        assert len(failed.properties["Metrics"]) == len(payments.ROUTES) + 2
        assert group.properties["AlarmConfiguration"]["Enabled"] is True
        events = group.properties["AutoRollbackConfiguration"]["Events"]
        assert {"DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"} <= set(events)
        assert counted(alarm) == {"AWS/Lambda Errors", "AWS/Lambda Invocations"}
        assert any(f":{one}" in text(alarm.properties["Metrics"]) for one in aliases), alarm


def counted(alarm: Resource) -> set[str]:
    """Return the metrics that an alarm is computed from, each of a minute."""
    stats = [query["MetricStat"] for query in alarm.properties["Metrics"] if "MetricStat" in query]
    assert {(stat["Stat"], stat["Period"]) for stat in stats} == {("Sum", 60)}
    return {f"{stat['Metric']['Namespace']} {stat['Metric']['MetricName']}" for stat in stats}


@pytest.mark.parametrize(
    "failed, runs, ends",
    [
        (0, 0, False),
        (1, 1, False),
        (1, 2, True),
        (1, 3, False),
        (4, 100, False),
        (5, 100, True),
        (5, 5_000, True),
        (5, 5_001, False),
        (299, 300_000, False),
        (300, 300_000, True),
    ],
)
def test_a_rate_of_failures_ends_a_rollout(failed: int, runs: int, *, ends: bool) -> None:
    """The expression, with CloudWatch's `IF` and operators as Python's."""
    condition = _TOO_MANY.removeprefix("IF(").removesuffix(", 1, 0)").format(runs="runs")
    python = condition.replace("AND", "and").replace("OR", "or")
    assert eval(python, {}, {"failed": failed, "runs": runs}) is ends  # noqa: S307 - a constant of our own


def test_a_fix_can_be_deployed_while_an_alarm_rings() -> None:
    fixing = templates_for(env="prod", rollout_alarms="false")
    for group in fixing.all(GROUP):
        assert not group.properties.get("AlarmConfiguration", {}).get("Alarms")


def test_codedeploy_moves_the_alias(synthesized: Synthesized) -> None:
    groups = {group.id for group in synthesized.all(GROUP)}
    moved = [alias for alias in synthesized.all(ALIAS) if alias.whole.get("UpdatePolicy")]
    assert len(moved) == len(groups)
    for alias in moved:
        update = alias.whole["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        assert update["DeploymentGroupName"]["Ref"] in groups


@pytest.mark.full
def test_new_code_or_settings_make_a_new_version() -> None:
    """An unchanged version would leave the alias on the old code."""
    both = templates_for(env="prod"), templates_for(**EVERY_TYPE)
    versions = [{version.id for version in each.all("AWS::Lambda::Version")} for each in both]
    moved = {name for name in FUNCTIONS if any(v.startswith(name.replace("_", "")) for v in versions[0] - versions[1])}
    assert moved == FUNCTIONS


def test_api_gateway_may_invoke_the_alias(synthesized: Synthesized) -> None:
    permissions = [text(p.properties["FunctionName"]) for p in synthesized.all("AWS::Lambda::Permission")]
    for route in EVERY_ROUTE:
        assert any(called.endswith(called_name(synthesized.environment, route)) for called in permissions)


def test_rollout_routes_have_an_alias_without_route_aliases() -> None:
    """CodeDeploy can only shift an alias."""
    environment = replace(ENVIRONMENTS["local"], gradual_rollout=True)
    assert not environment.route_aliases
    aliases = [called_name(environment, route).partition(":")[2] for route in payments.ROUTES]
    assert aliases == [*["live"] * 6, "show_challenge", "live", "get_health"]


@pytest.mark.full
def test_snapshots_need_published_versions(synthesized: Synthesized) -> None:
    assert not [each for each in synthesized.all("AWS::Lambda::Function") if "SnapStart" in each.properties]
    with_snapshots = deployed_from_github("prod").all("AWS::Lambda::Function")
    assert {each.properties["FunctionName"] for each in with_snapshots if "SnapStart" in each.properties} == {
        f"paysandbox-prod-{name}" for name in FUNCTIONS
    }
    for each in with_snapshots:
        assert each.properties.get("SnapStart") in (None, {"ApplyOn": "PublishedVersions"})


@pytest.mark.parametrize("name", ["local", "dev", "staging"])
def test_snapshots_without_versions_are_refused(name: str) -> None:
    with pytest.raises(SettingError, match="snap_start needs gradual_rollout"):
        environment_of({"env": name, "snap_start": "true"})
