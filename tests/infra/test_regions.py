"""Deployment to regions whose CloudFormation lacks a resource type, by the schemas that it publishes for each."""

import importlib.metadata
import json
from pathlib import Path

import pytest
from cfnlint.helpers import REGIONS
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from stacks import regions
from stacks.donations_stack import SEND_RECEIPTS
from tests.infra.templates import EVERY_TYPE, Json, app_of, templates_for
from tests.infra.test_donations import variables

SES = {"AWS::SES::ConfigurationSet", "AWS::SES::EmailIdentity"}
BUDGET = {"AWS::Budgets::Budget"}
# Without user pools there are no donors, so these regions are unsupported.
CHINA = {"cn-north-1", "cn-northwest-1"}


def known_in(region: str) -> set[str]:
    return set(PROVIDER_SCHEMA_MANAGER.get_resource_types(region))


def warnings_in(assembly: Path) -> list[str]:
    """Return the warnings that `cdk deploy` prints for an assembly.

    They are read from its files: `SynthesisMessage.entry` fails where aws-cdk.cloud-assembly-schema, which has the same
    folder as aws-cdk-lib, happened to be installed after it.
    """
    constructs = [json.loads(file.read_text()) for file in sorted(assembly.glob("*.metadata.json"))]
    entries = [entry for stack in constructs for construct in stack.values() for entry in construct]
    return [entry["data"] for entry in entries if entry["type"] == "aws:cdk:warning"]


@pytest.mark.parametrize("kind", regions.WITHOUT)
def test_table_matches_cloudformations_registry(kind: str) -> None:
    assert regions.WITHOUT[kind] == {region for region in REGIONS if kind not in known_in(region)}


def test_table_was_generated_with_the_installed_version() -> None:
    assert f"cfn-lint {importlib.metadata.version('cfn-lint')}" in (regions.__doc__ or "")


@pytest.mark.full
def test_every_region_has_every_other_type() -> None:
    made = templates_for(**EVERY_TYPE)
    used = {r.type for r in made.all() if not r.type.startswith("Custom::")}
    lacking = {region: used - known_in(region) - regions.WITHOUT.keys() for region in REGIONS}
    assert {region for region, types in lacking.items() if types} == CHINA
    assert lacking["cn-north-1"] == {"AWS::Cognito::UserPool", "AWS::Cognito::UserPoolClient"}


@pytest.mark.full
@pytest.mark.parametrize(
    "region, left_out",
    [
        ("eu-west-1", set[str]()),
        ("eu-north-1", BUDGET),
        ("ap-east-1", BUDGET | SES),
        ("", set[str]()),  # the region of whoever deploys is unknown
    ],
)
def test_missing_types_are_omitted_with_a_warning(
    region: str, left_out: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CDK_DEFAULT_REGION", raising=False)
    app, _ = app_of(tmp_path, env="dev", region=region, receipts_from="receipts@example.org")
    stacks = app.synth().stacks
    made: list[Json] = [resource for stack in stacks for resource in stack.template["Resources"].values()]
    assert (SES | BUDGET) - {resource["Type"] for resource in made} == left_out
    told = warnings_in(tmp_path / "cdk.out")
    assert len(told) == len({kind.split("::")[1] for kind in left_out})
    assert all(f"in {region}: paysandbox-dev-" in warning for warning in told)
    assert any("without a budget" in warning for warning in told) is bool(BUDGET & left_out)
    assert any("without a sender of receipts" in warning for warning in told) is bool(SES & left_out)


@pytest.mark.full
def test_without_a_sender_receipts_are_refused_with_that_reason() -> None:
    made = templates_for(env="dev", region="ap-east-1", receipts_from="receipts@example.org")
    told = variables(made, SEND_RECEIPTS)
    assert (told["SES_FROM_EMAIL"], told["PAYSANDBOX_SES_CONFIGURATION_SET"]) == ("", "")
    assert not [p for p in made.all("AWS::IAM::Policy") if "ses:" in json.dumps(p.properties)]
