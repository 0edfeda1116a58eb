"""Every template of every environment, held against CloudFormation's own schemas, which cfn-lint brings along."""

import copy
import json
from collections.abc import Iterator

import pytest
from cfnlint import api
from cfnlint.core import get_rules

from tests.infra.templates import Json, Synthesized, names
from tests.support.tiers import full_but

# What is said on purpose, by rule. An exception that nothing needs any more fails too.
EXCUSED = {
    "W3005": "CDK names a role and its policy together as dependencies; that the role is implied already harms nothing",
    "W3660": "the engine reads gateway responses as resources only; on AWS the definition alone says them",
}
LOCAL_ONLY = {"W3660"}

# Read once: reading them anew for each of the 24 templates takes four times as long as holding those against them.
RULES = get_rules([], [], [])


def found(template: Json, region: str) -> Iterator[tuple[str, str]]:
    """What cfn-lint says: (rule, where and what)."""
    for match in api.lint(json.dumps(template), rules=RULES, regions=[region]):
        yield (
            match.rule.id,
            f"{match.rule.id} {'/'.join(map(str, getattr(match, 'path', None) or []))}: {match.message}",
        )


@pytest.mark.parametrize("synthesized", full_but(names(), keep=lambda name: name in {"local", "prod"}), indirect=True)
def test_cloudformation_would_take_every_template(synthesized: Synthesized) -> None:
    region = synthesized.environment.aws.region or ""
    said = [one for template in synthesized.templates.values() for one in found(template, region)]
    excused = EXCUSED.keys() if synthesized.environment.name == "local" else EXCUSED.keys() - LOCAL_ONLY
    assert [text for rule, text in said if rule not in excused] == []
    assert {rule for rule, _ in said} == excused, "an exception that nothing needs any more"


@pytest.fixture(scope="module")
def table() -> Json:
    """A template that is right."""
    return {
        "Resources": {
            "Table": {
                "Type": "AWS::DynamoDB::Table",
                "DeletionPolicy": "Delete",
                "UpdateReplacePolicy": "Delete",
                "Properties": {
                    "BillingMode": "PAY_PER_REQUEST",
                    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                },
            }
        }
    }


@pytest.mark.parametrize(
    "rule, spoiled",
    [
        (None, {}),
        ("E3002", {"Encrypted": True}),  # no such property
        ("E3012", {"DeletionProtectionEnabled": "perhaps"}),  # of another type
        ("E3030", {"BillingMode": "FREE"}),  # none of the choices
        ("E3039", {"KeySchema": [{"AttributeName": "key", "KeyType": "HASH"}]}),  # a key that is not declared
    ],
)
def test_it_finds_what_the_engine_would_take(table: Json, rule: str | None, spoiled: Json) -> None:
    template = copy.deepcopy(table)
    template["Resources"]["Table"]["Properties"] |= spoiled
    assert {name for name, _ in found(template, "eu-west-1")} >= ({rule} if rule else set())
    assert rule or not list(found(template, "eu-west-1"))
