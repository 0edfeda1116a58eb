"""Deployment to regions whose CloudFormation lacks a resource type, by the schemas that it publishes for each."""

import importlib.metadata
import json

import pytest
from cfnlint.helpers import REGIONS
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from stacks import regions
from stacks.workers.donations_stack import SEND_RECEIPTS
from tests.infra.templates import EVERY_TYPE, templates_for
from tests.infra.workers.test_donations import variables

SES = {"AWS::SES::ConfigurationSet", "AWS::SES::EmailIdentity"}
BUDGET = {regions.BUDGET}
DASHBOARD = {regions.DISTRIBUTION}
# Without user pools there are no donors, so these regions are unsupported.
CHINA = {"cn-north-1", "cn-northwest-1"}

HONG_KONG = {"env": "dev", "region": "ap-east-1", "receipts_from": "receipts@example.org"}


def known_in(region: str) -> set[str]:
    return set(PROVIDER_SCHEMA_MANAGER.get_resource_types(region))


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
    "context, left_out",
    [
        (EVERY_TYPE, set[str]()),  # in eu-west-1
        (HONG_KONG, BUDGET | SES),
        (HONG_KONG | {"region": "us-gov-west-1"}, BUDGET | DASHBOARD),
        (HONG_KONG | {"region": ""}, set[str]()),  # the region of whoever deploys is unknown
    ],
)
def test_missing_types_are_omitted_with_a_warning(
    context: dict[str, str], left_out: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CDK_DEFAULT_REGION", raising=False)
    made = templates_for(**context)
    assert (SES | BUDGET | DASHBOARD) - {resource.type for resource in made.all()} == left_out
    assert ("paysandbox-dev-dashboard" in made.templates) is (context["env"] == "dev" and not DASHBOARD & left_out)
    assert len(made.warnings) == len({kind.split("::")[1] for kind in left_out})
    assert all(f"in {context['region']}: paysandbox-dev-" in warning for warning in made.warnings)
    for kind, without in ((BUDGET, "a budget"), (SES, "a sender of receipts"), (DASHBOARD, "a dashboard")):
        assert any(f"without {without}" in warning for warning in made.warnings) is bool(kind & left_out)


@pytest.mark.full
def test_without_a_sender_receipts_are_refused_with_that_reason() -> None:
    made = templates_for(**HONG_KONG)
    told = variables(made, SEND_RECEIPTS)
    assert (told["SES_FROM_EMAIL"], told["PAYSANDBOX_SES_CONFIGURATION_SET"]) == ("", "")
    assert not [p for p in made.policies() if "ses:" in json.dumps(p.properties)]
