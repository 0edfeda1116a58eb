"""The aliases of functions that move money, and in prod their rollout: new code gets a tenth of the traffic first."""

import pytest

from api_reference.routes import ROUTES
from paysandbox.payments import routes as payments
from paysandbox.stripe_api import routes as stripe_api
from stacks.api.aliases import LIVE, MONEY_ROUTES, called_name, has_alias
from stacks.api.rollout import _TOO_MANY
from stacks.environments import SettingError, environment_of
from tests.infra.templates import (
    ACCOUNT,
    EVERY_TYPE,
    FROM_GITHUB,
    REGION,
    Resource,
    Synthesized,
    deployed_from_github,
    templates_for,
    text,
)
from tests.support.tools.metric_math import evaluate

GROUP = "AWS::CodeDeploy::DeploymentGroup"
ALIAS = "AWS::Lambda::Alias"
EVERY_ROUTE = ROUTES + stripe_api.DEPLOYED
FUNCTIONS = {route.function_name for route in MONEY_ROUTES}


def test_environments_with_gradual_rollout(synthesized: Synthesized) -> None:
    assert synthesized.environment.gradual_rollout is (synthesized.environment.name == "prod")
    gradual = synthesized.environment.gradual_rollout
    assert len(synthesized.all(GROUP)) == (len(MONEY_ROUTES) if gradual else 0)


def test_only_what_moves_money_has_an_alias(synthesized: Synthesized) -> None:
    """Also without gradual rollout: removing an alias is an outage until the API is deployed."""
    environment = synthesized.environment
    with_alias = () if environment.name == "local" else (*MONEY_ROUTES, payments.INCREMENT_PAYMENT)
    assert [route for route in EVERY_ROUTE if has_alias(environment, route) and route not in with_alias] == []
    for route in EVERY_ROUTE:
        alias = ":live" if route in with_alias else ""
        assert called_name(environment, route) == f"paysandbox-{environment.name}-{route.function_name}{alias}"
    made = {(alias.id[:-8], alias.properties["Name"]) for alias in synthesized.all(ALIAS)}
    assert made == {(route.function_name.replace("_", "") + "alias", LIVE) for route in with_alias}


def test_gradual_rollout_neither_adds_nor_removes_an_alias() -> None:
    with_it, without = deployed_from_github("staging"), templates_for(env="staging")
    assert (len(with_it.all(GROUP)), len(without.all(GROUP))) == (len(MONEY_ROUTES), 0)
    both = [{one.id: one.properties for one in each.all(ALIAS)} for each in (with_it, without)]
    assert both[0] == both[1] != {}


def test_aliases_are_of_published_versions(synthesized: Synthesized) -> None:
    """CodeDeploy cannot shift traffic from $LATEST."""
    versions = {version.id for version in synthesized.all("AWS::Lambda::Version")}
    of = [text(alias.properties["FunctionVersion"]) for alias in synthesized.all(ALIAS)]
    wanted = 0 if synthesized.environment.name == "local" else len(MONEY_ROUTES)
    assert len(versions) == len(of) == wanted
    assert all(any(version in one for version in versions) for one in of)


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
    for group in synthesized.all(GROUP):
        alarm, failed = (alarms[one["Name"]["Ref"]] for one in group.properties["AlarmConfiguration"]["Alarms"])
        of_requests = f"paysandbox/{synthesized.environment.name} PaymentsFailed"
        assert counted(failed) == {"failed": f"Sum of {of_requests}", "runs": f"SampleCount of {of_requests}"}
        assert group.properties["AlarmConfiguration"]["Enabled"] is True
        events = group.properties["AutoRollbackConfiguration"]["Events"]
        assert {"DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"} <= set(events)
        assert counted(alarm) == {"failed": "Sum of AWS/Lambda Errors", "runs": "Sum of AWS/Lambda Invocations"}
        assert f":{LIVE}" in text(alarm.properties["Metrics"]), alarm


def counted(alarm: Resource) -> dict[str, str]:
    """Return the metrics that an alarm is computed from by id, each of a minute."""
    stats = {query["Id"]: query["MetricStat"] for query in alarm.properties["Metrics"] if "MetricStat" in query}
    assert {stat["Period"] for stat in stats.values()} == {60}
    return {
        name: f"{stat['Stat']} of {stat['Metric']['Namespace']} {stat['Metric']['MetricName']}"
        for name, stat in stats.items()
    }


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
    assert evaluate(_TOO_MANY, {"failed": [failed], "runs": [runs]}, period_s=60) == [int(ends)]


def test_a_fix_can_be_deployed_while_an_alarm_rings() -> None:
    assert FROM_GITHUB["staging"]["rollout_alarms"] == "false"
    groups = deployed_from_github("staging").all(GROUP)
    assert groups
    for group in groups:
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


@pytest.mark.full
def test_snapshots_need_published_versions(synthesized: Synthesized) -> None:
    assert not [each for each in synthesized.all("AWS::Lambda::Function") if "SnapStart" in each.properties]
    with_snapshots = deployed_from_github("prod").all("AWS::Lambda::Function")
    assert {each.properties["FunctionName"] for each in with_snapshots if "SnapStart" in each.properties} == {
        f"paysandbox-prod-{name}" for name in FUNCTIONS
    }
    for each in with_snapshots:
        assert each.properties.get("SnapStart") in (None, {"ApplyOn": "PublishedVersions"})


@pytest.mark.parametrize("setting", ["gradual_rollout", "snap_start"])
def test_what_needs_versions_is_refused_without_aliases(setting: str) -> None:
    with pytest.raises(SettingError, match=f"{setting} needs live_aliases=true"):
        environment_of({"env": "local", setting: "true"})
