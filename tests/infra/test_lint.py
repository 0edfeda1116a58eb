"""Validation of the templates for AWS against CloudFormation's schemas, which cfn-lint includes."""

import copy
import json
from collections.abc import Iterator
from dataclasses import fields

import pytest
from cfnlint import api
from cfnlint.core import get_rules

from stacks.environments import ENVIRONMENTS, Environment
from tests.infra.templates import Json, Synthesized
from tests.support.tools.tiers import full_but

# Accepted findings, by rule. An exception that is no longer needed fails too.
EXCUSED = {
    "W3005": "CDK names a role and its policy together as dependencies; that the role is implied already harms nothing",
}

# Likely regions of a team: a type or property missing in one of them is found here instead of by a rollback.
REGIONS = (
    "us-east-1", "us-east-2", "us-west-2", "ca-central-1", "eu-west-1", "eu-central-1", "ap-southeast-2",
    "ap-northeast-1",
)  # fmt: skip

# Loaded once: loading them for each of the 24 templates takes four times as long as the validation.
RULES = get_rules([], [], [])


def found(template: Json, *regions: str) -> Iterator[tuple[str, str]]:
    """Yield cfn-lint's findings for a template in these regions: (rule, place and message)."""
    for match in api.lint(json.dumps(template), rules=RULES, regions=[*regions]):
        yield (
            match.rule.id,
            f"{match.rule.id} {'/'.join(map(str, getattr(match, 'path', None) or []))}: {match.message}",
        )


# CloudFormation never gets the local environment's, which are the same constructs.
LINTED = ("dev", "prod")
# Staging has its own, and they do not decide which resources and properties there are.
OF_EACH = {
    "name",
    "disbursements_secrets_prefix",
    "donations_secrets_prefix",
    "log_retention_days",
    "verified_by_pipeline",  # with a pipeline, which none of these has
}


def test_staging_is_made_of_what_dev_and_prod_have() -> None:
    """So its templates, which would take eight seconds, have nothing that theirs have not."""
    staging, others = ENVIRONMENTS["staging"], [ENVIRONMENTS[name] for name in ("dev", "prod")]
    own = {
        field.name
        for field in fields(Environment)
        if getattr(staging, field.name) not in [getattr(other, field.name) for other in others]
    }
    assert own == OF_EACH


@pytest.mark.parametrize("synthesized", full_but(LINTED, keep=lambda name: name == "prod"), indirect=True)
def test_every_template_passes_cfn_lint(synthesized: Synthesized) -> None:
    said = [one for template in synthesized.templates.values() for one in found(template, *REGIONS)]
    assert [text for rule, text in said if rule not in EXCUSED] == []
    assert {rule for rule, _ in said} == EXCUSED.keys(), "an exception that nothing needs any more"


@pytest.fixture(scope="module")
def table() -> Json:
    """Return a valid template."""
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
        ("E3002", {"Encrypted": True}),  # unknown property
        ("E3012", {"DeletionProtectionEnabled": "perhaps"}),  # wrong type
        ("E3030", {"BillingMode": "FREE"}),  # not an allowed value
        ("E3039", {"KeySchema": [{"AttributeName": "key", "KeyType": "HASH"}]}),  # undeclared key
    ],
)
def test_lint_finds_errors_that_the_local_engine_accepts(table: Json, rule: str | None, spoiled: Json) -> None:
    template = copy.deepcopy(table)
    template["Resources"]["Table"]["Properties"] |= spoiled
    assert {name for name, _ in found(template, "eu-west-1")} >= ({rule} if rule else set())
    assert rule or not list(found(template, "eu-west-1"))


def test_lint_finds_types_missing_in_a_region() -> None:
    # The service is closed to new customers, so no region will be added.
    template: Json = {"Resources": {"Runner": {"Type": "AWS::AppRunner::Service"}}}
    missing = [said for rule, said in found(template, *REGIONS) if rule == "E3006"]
    assert missing
    assert all("ca-central-1" in said for said in missing)
