"""New code of payment functions in prod: a tenth of the callers first, and back if it fails. Nowhere else."""

from api_reference.routes import ROUTES
from paysandbox.payments import routes as payments
from stacks.rollout import called_name
from tests.infra.templates import Synthesized, templates_for, text

GROUP = "AWS::CodeDeploy::DeploymentGroup"
NAMES = {route.name for route in payments.ROUTES}


def test_the_environments_where_it_matters(synthesized: Synthesized) -> None:
    assert synthesized.environment.gradual_rollout is (synthesized.environment.name == "prod")
    count = len(NAMES) if synthesized.environment.gradual_rollout else 0
    assert [len(synthesized.all(of)) for of in (GROUP, "AWS::Lambda::Alias", "AWS::Lambda::Version")] == [count] * 3


def test_only_payment_functions_are_called_by_their_alias(synthesized: Synthesized) -> None:
    called = {route.name for route in ROUTES if called_name(synthesized.environment, route.name).endswith(":live")}
    assert called == (NAMES if synthesized.environment.gradual_rollout else set())


def test_a_tenth_of_the_callers_for_five_minutes(synthesized: Synthesized) -> None:
    for group in synthesized.all(GROUP):
        assert group.properties["DeploymentConfigName"] == "CodeDeployDefault.LambdaCanary10Percent5Minutes"
        assert group.properties["DeploymentStyle"]["DeploymentOption"] == "WITH_TRAFFIC_CONTROL"


def test_a_failure_takes_all_of_them_back(synthesized: Synthesized) -> None:
    """A crash of the very alias that is moved, or an answer that says we failed; a rollout that is stopped goes too."""
    alarms = {alarm.id: alarm for alarm in synthesized.all("AWS::CloudWatch::Alarm")}
    for group in synthesized.all(GROUP):
        alarm, failed = (alarms[one["Name"]["Ref"]] for one in group.properties["AlarmConfiguration"]["Alarms"])
        assert (failed.properties["MetricName"], failed.properties["Statistic"]) == ("Failed", "Sum")
        assert failed.properties["Namespace"] == f"paysandbox/{synthesized.environment.name}"
        assert group.properties["AlarmConfiguration"]["Enabled"] is True
        events = group.properties["AutoRollbackConfiguration"]["Events"]
        assert {"DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"} <= set(events)
        properties = alarm.properties
        assert (properties["Namespace"], properties["MetricName"], properties["Period"]) == ("AWS/Lambda", "Errors", 60)
        assert any(":live" in text(d["Value"]) for d in properties["Dimensions"]), alarm


def test_an_alias_is_moved_by_codedeploy_and_not_by_cloudformation(synthesized: Synthesized) -> None:
    groups = {group.id for group in synthesized.all(GROUP)}
    for alias in synthesized.all("AWS::Lambda::Alias"):
        update = alias.whole["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        assert update["DeploymentGroupName"]["Ref"] in groups
        assert alias.properties["Name"] == "live"


def test_new_code_or_a_new_setting_is_a_new_version() -> None:
    """A version that stayed would leave the alias at the old code."""
    first, second = (
        templates_for(env="prod", domain="pay.example", certificate_arn="arn:c", retention_days=days)
        for days in ("90", "91")
    )
    versions = [{version.id for version in each.all("AWS::Lambda::Version")} for each in (first, second)]
    moved = {name for name in NAMES if any(v.startswith(name.replace("_", "")) for v in versions[0] - versions[1])}
    assert moved == NAMES


def test_the_gateway_may_call_the_alias(synthesized: Synthesized) -> None:
    permissions = [text(p.properties["FunctionName"]) for p in synthesized.all("AWS::Lambda::Permission")]
    for name in NAMES:
        assert any(called.endswith(called_name(synthesized.environment, name)) for called in permissions)
