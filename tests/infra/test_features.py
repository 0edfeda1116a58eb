"""An environment without donations and disbursements: nothing of theirs is made, and nothing refers to it.

python -m tests.infra.test_features          prints the number of resources of each environment
"""

import json
import re
import sys
from typing import Final

import pytest

from paysandbox.aws import schema
from stacks.api.native_routes import native_routes
from stacks.environments import ENVIRONMENTS, SettingError, environment_of
from tests.infra.api.test_called_names import DEPLOYED, called, present
from tests.infra.templates import Synthesized, templates_for

WITHOUT: Final = {"env": "dev", "donations": "false", "disbursements": "false"}
GROUPS: Final = {"donations", "customers", "funds", "disbursements"}


@pytest.fixture(scope="module")
def without() -> Synthesized:
    return templates_for(**WITHOUT)


def test_their_stacks_and_functions_are_left_out(without: Synthesized) -> None:
    stacks = {stack.removeprefix(without.environment.named("")) for stack in templates_for(env="dev").templates}
    assert {stack.removeprefix(without.environment.named("")) for stack in without.templates} == stacks - {
        *("donors", "donations", "disbursements")
    }
    handlers = {function.properties["Handler"].partition(".")[0] for function in without.all("AWS::Lambda::Function")}
    assert not handlers & GROUPS
    assert not without.all("AWS::Cognito::UserPool")
    tables = {table.properties.get("TableName", "") for table in without.all("AWS::DynamoDB::Table")}
    assert not [table for table in tables if table.endswith(schema.DONATIONS)]


def test_environments_have_few_resources(without: Synthesized) -> None:
    """A first deployment takes minutes for each hundred. One more for each route would exceed these."""
    assert len(without.all()) <= 355
    assert all(len(templates_for(env=name).all()) <= 448 for name in DEPLOYED)


def test_their_routes_are_left_out(without: Synthesized) -> None:
    assert {route.group for route in native_routes(ENVIRONMENTS["dev"])} >= GROUPS
    assert not {route.group for route in native_routes(without.environment)} & GROUPS
    assert called(without) <= present(without)
    assert without.template("api")["Outputs"]["LeftOut"]["Value"] == "donations,disbursements"
    assert "StripeWebhookUrl" not in without.template("api")["Outputs"]


def test_nothing_is_imported_that_is_not_exported(without: Synthesized) -> None:
    imported = set(re.findall(r'"Fn::ImportValue": "([^"]+)"', json.dumps(without.templates)))
    exported = {
        output["Export"]["Name"]
        for template in without.templates.values()
        for output in template.get("Outputs", {}).values()
        if "Export" in output
    }
    assert imported <= exported


def test_no_alarm_and_no_graph_is_of_what_is_not_made(without: Synthesized) -> None:
    functions = {function.properties["FunctionName"] for function in without.all("AWS::Lambda::Function")}
    queues = {queue.properties["QueueName"] for queue in without.all("AWS::SQS::Queue")}
    alarms = json.dumps([alarm.properties for alarm in without.all("AWS::CloudWatch::Alarm")])
    drawn = json.dumps(without.one("AWS::CloudWatch::Dashboard").properties).replace("\\", "")
    watched = set(re.findall(r'"(?:FunctionName|QueueName)", "Value": "([^"]+)"', alarms))
    shown = set(re.findall(r'"(?:FunctionName|QueueName)","([^"]+)"', drawn))
    assert watched
    assert shown
    assert watched | shown <= functions | queues


@pytest.mark.parametrize("feature", ["donations", "disbursements"])
def test_a_laptop_has_every_feature(feature: str) -> None:
    with pytest.raises(SettingError, match=f"{feature}=false is for environments on AWS"):
        environment_of({"env": "local", feature: "false"})


if __name__ == "__main__":
    for context in (*({"env": name} for name in DEPLOYED), WITHOUT):
        made = templates_for(**context)
        sys.stdout.write(f"{' '.join(f'{name}={value}' for name, value in context.items())} {len(made.all())}\n")
