"""The optional web ACL: it counts per address on both APIs, and is added and removed without a deadlock of exports."""

import json

import pytest
from cfnlint import api

from stacks.api.api_stack import GATEWAY_REFUSALS
from stacks.environments import ENVIRONMENTS, SettingError, environment_of
from tests.infra.templates import PROVIDER_MADE, Synthesized, deployed_from_github, templates_for, text

ACL, ASSOCIATION = "AWS::WAFv2::WebACL", "AWS::WAFv2::WebACLAssociation"


@pytest.fixture(scope="module")
def protected() -> Synthesized:
    return deployed_from_github("dev")


def test_no_firewall_without_the_setting(synthesized: Synthesized) -> None:
    """It has a fixed price, even without a request."""
    assert (synthesized.all(ACL), synthesized.all(ASSOCIATION)) == ([], [])


def test_no_environment_has_one_by_default() -> None:
    assert {one.waf_requests_per_5_minutes for one in ENVIRONMENTS.values()} == {None}


@pytest.mark.full
def test_rate_limit_is_shared_by_both_apis(protected: Synthesized) -> None:
    acl = protected.one(ACL)
    (rule,) = acl.properties["Rules"]
    assert (acl.properties["Scope"], acl.properties["DefaultAction"]) == ("REGIONAL", {"Allow": {}})
    assert rule["Action"] == {"Block": {}}
    assert rule["Statement"]["RateBasedStatement"] == {
        "AggregateKeyType": "IP", "EvaluationWindowSec": 300, "Limit": 6100,
    }  # fmt: skip
    made = protected.all(ASSOCIATION)
    assert {one.properties["WebACLArn"]["Fn::GetAtt"][0] for one in made} == {acl.id}
    native, v1 = (text(one.properties["ResourceArn"]) for one in made)
    assert all("arn:aws:apigateway:eu-west-1::/restapis/" in arn for arn in (native, v1))
    assert native.endswith('/stages/live"]]}')
    assert protected.in_stack("v1", "AWS::ApiGateway::Stage").id in v1


@pytest.mark.full
def test_requests_are_not_sampled(protected: Synthesized) -> None:
    """A sample would contain the headers, and in them the key."""
    properties = protected.one(ACL).properties
    for counted in (properties, *properties["Rules"]):
        assert counted["VisibilityConfig"]["SampledRequestsEnabled"] is False


@pytest.mark.full
def test_it_can_be_added_and_removed_in_one_deployment(protected: Synthesized) -> None:
    """An export that is still imported cannot be removed, and the exporting stack is deployed first."""
    without = templates_for(env="dev")
    assert protected.template("api") == without.template("api")
    assert PROVIDER_MADE["probe_every_minutes"] == ""
    assert templates_for(**PROVIDER_MADE).template("api")["Outputs"].keys() >= {
        name for name in without.template("api")["Outputs"] if name.startswith("ExportsOutputRefnative6")
    }


def test_blocked_requests_get_a_retry_after() -> None:
    assert GATEWAY_REFUSALS["WAF_FILTERED"] is GATEWAY_REFUSALS["THROTTLED"]


@pytest.mark.full
def test_template_is_valid(protected: Synthesized) -> None:
    said = api.lint(json.dumps(protected.template("v1")), regions=["eu-west-1", "us-east-1"])
    assert [str(match) for match in said] == []


@pytest.mark.full
def test_it_blocks_no_server_of_a_limited_plan(protected: Synthesized) -> None:
    """A key may use up its plan's rate and burst on both APIs, from one address."""
    (rule,) = protected.one(ACL).properties["Rules"]
    throttles = [plan.properties.get("Throttle") for plan in protected.all("AWS::ApiGateway::UsagePlan")]
    sent = [300 * plan["RateLimit"] + plan["BurstLimit"] for plan in throttles if plan is not None]
    assert 2 * max(sent) <= rule["Statement"]["RateBasedStatement"]["Limit"]


@pytest.mark.parametrize(
    "changed, least",
    [
        ({}, 6_080),
        ({"dashboard_requests_per_s": "1", "dashboard_burst": "1"}, 1_200),
        ({"sandbox_burst": "9000"}, 19_000),
    ],
)
def test_limits_below_a_plan_are_refused_at_synth(changed: dict[str, str], least: int) -> None:
    with pytest.raises(SettingError, match=f"at least {least}, and is {least - 1}"):
        environment_of({"env": "dev", "waf_requests_per_5_minutes": str(least - 1), **changed})
    environment = environment_of({"env": "dev", "waf_requests_per_5_minutes": str(least), **changed})
    assert environment.waf_requests_per_5_minutes == least
