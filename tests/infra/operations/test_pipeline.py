"""The roles that deploy from GitHub: exact trust policies, and rights by exact names."""

import json
import re
from collections.abc import Iterator, Mapping

import pytest

from cli.diagnose.account import ISSUER
from cli.verification.client import Credentials
from stacks.environments import SettingError, environment_of
from tests.infra.operations.aws_calls import watched
from tests.infra.templates import (
    ACCOUNT,
    PROVIDER,
    PROVIDER_MADE,
    REGION,
    REPOSITORY,
    Json,
    Resource,
    Synthesized,
    deployed_from_github,
    listed,
    statements,
    templates_for,
    text,
)
from tests.support.clients.program import paysandbox
from tests.support.fakes.wire import Reply, served
from tests.support.tools.tiers import full_but
from tests.support.worlds.deployed_account import deployed
from tests.support.worlds.donation_account import donation_account

DEPLOYED = ("dev", "staging", "prod")
TAGS_OF_NEW_KEYS = f"tags/arn%3Aaws%3Aapigateway%3A{REGION}%3A%3A%2Fapikeys%2F${{*}}"

# Rights over more than one resource, with reasons. All others name their exact resource.
WILDCARDS = {
    "cloudformation:DescribeStacks": "the last part of a stack's ARN is made when it is",
    "lambda:GetAccountSettings": "it has no resource",
    "apigateway:POST": "a plan's id is made when it is; its tags say whose it is",
    "apigateway:PUT": "it is no wildcard, but that character: `${*}`",
    "apigateway:DELETE": "a key's id is made when it is; its tag says whose it is",
    "cognito-idp:AdminCreateUser": "a pool's id is made when it is; its tags say whose it is",
    "cognito-idp:AdminSetUserPassword": "the same",
    "cognito-idp:AdminInitiateAuth": "the same",
    "cognito-idp:AdminDeleteUser": "the same",
}


@pytest.fixture(scope="module", params=full_but(DEPLOYED, keep=lambda name: name == "prod"))
def pipeline(request: pytest.FixtureRequest) -> Synthesized:
    return deployed_from_github(request.param)


def in_pipeline(synthesized: Synthesized, of_type: str) -> list[Resource]:
    stack = f"paysandbox-{synthesized.environment.name}-pipeline"
    return [resource for resource in synthesized.all(of_type) if resource.stack == stack]


def roles(synthesized: Synthesized) -> dict[str, Resource]:
    start, end = f"paysandbox-{synthesized.environment.name}-", f"-{REGION}"
    return {
        role.properties["RoleName"].removeprefix(start).removesuffix(end): role
        for role in in_pipeline(synthesized, "AWS::IAM::Role")
    }


def rights(synthesized: Synthesized, role: Resource) -> Iterator[Json]:
    for policy in in_pipeline(synthesized, "AWS::IAM::Policy"):
        if {"Ref": role.id} in policy.properties["Roles"]:
            yield from statements(policy)


def bootstrap_role(what: str) -> str:
    return f"role/cdk-hnb659fds-{what}-role-{ACCOUNT}-{REGION}"


@pytest.mark.full
def test_each_role_trusts_exactly_one_subject(pipeline: Synthesized) -> None:
    name = pipeline.environment.name
    subjects = {"deploy": f"environment:{name}", "diff": "pull_request", "verify": f"environment:{name}"}
    for role_name, role in roles(pipeline).items():
        assert role.properties["AssumeRolePolicyDocument"] == {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "sts:AssumeRoleWithWebIdentity",
                    "Principal": {"Federated": PROVIDER},
                    "Condition": {
                        "StringEquals": {
                            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                            "token.actions.githubusercontent.com:sub": f"repo:{REPOSITORY}:{subjects[role_name]}",
                        }
                    },
                }
            ],
        }


@pytest.mark.full
def test_each_environment_has_its_roles(pipeline: Synthesized) -> None:
    """Pull requests read in the account that retains no data; keys are created where `verify` runs."""
    more = {"dev": {"diff"}, "staging": {"verify"}, "prod": set()}
    assert set(roles(pipeline)) == {"deploy"} | more[pipeline.environment.name]


def test_deployment_role_may_only_assume_the_bootstrap_roles(pipeline: Synthesized) -> None:
    for name, becomes in {"deploy": ("deploy", "file-publishing", "lookup"), "diff": ("lookup",)}.items():
        if name not in roles(pipeline):
            continue
        (right,) = rights(pipeline, roles(pipeline)[name])
        assert right["Action"] == "sts:AssumeRole"
        named = [text(arn).rpartition(":")[2].rstrip('"]}') for arn in listed(right["Resource"])]
        assert named == [bootstrap_role(what) for what in becomes]


# Ids that AWS generates; `verify` reads them.
MADE_BY_AWS = re.compile(r"(?<=/apikeys/)[^/]+|(?<=/usageplans/)[^/]+|(?<=userpool/)[^/]+")


@pytest.fixture(scope="module")
def called() -> dict[str, set[str]]:
    """Return the AWS calls of a `verify` run and their resources, on an API that always fails: it still cleans up."""
    with served(lambda _: Reply(500)) as wire, donation_account(base_url=wire.base_url, with_pool=True) as there:
        there.account.deploy_v1(wire.base_url)
        with watched() as calls:
            paysandbox("verify", "--env", "dev")
    by_action: dict[str, set[str]] = {}
    for action, arn in calls:
        by_action.setdefault(action, set()).add(MADE_BY_AWS.sub("*", arn))
    return by_action


@pytest.mark.full
def test_verification_role_has_exactly_the_rights_of_verify(called: dict[str, set[str]]) -> None:
    dev = templates_for(**PROVIDER_MADE)
    may: dict[str, set[str]] = {}
    for right in rights(dev, roles(dev)["verify"]):
        ends = {text(arn).rpartition(":")[2].removesuffix('"]]}') for arn in listed(right["Resource"])}
        for action in listed(right["Action"]):
            may.setdefault(action, set()).update(ends)

    # API Gateway checks this one when a key is created with tags.
    (tagged,) = may.pop("apigateway:PUT")
    assert tagged == f"/{TAGS_OF_NEW_KEYS}"
    assert may == called


@pytest.mark.full
def test_verification_role_reaches_no_other_environments_keys() -> None:
    """It lists none, and creates, deletes and adds to plans under tags only."""
    dev = templates_for(**PROVIDER_MADE)
    conditions = {
        (right["Action"], text(right["Resource"]).rpartition("::/")[2]): right.get("Condition")
        for right in rights(dev, roles(dev)["verify"])
        if text(right["Action"]).startswith("apigateway:")
    }
    own, environment = {"paysandbox-verify": "dev"}, dev.environment.tags
    assert conditions == {
        ("apigateway:POST", "apikeys"): equal("aws:RequestTag", own),
        ("apigateway:DELETE", "apikeys/*"): equal("aws:ResourceTag", own),
        ("apigateway:POST", "usageplans/*/keys"): equal("aws:ResourceTag", environment),
        ("apigateway:PUT", TAGS_OF_NEW_KEYS): None,
    }


def equal(key: str, tags: Mapping[str, str]) -> Json:
    return {"StringEquals": {f"{key}/{name}": value for name, value in tags.items()}}


def test_keys_of_verify_have_the_tag_that_lets_the_role_delete_them() -> None:
    with deployed("dev") as account:
        credentials = Credentials(account.target, "verify")
        credentials.create_key()
        keys = account.client("apigateway").get_api_keys()["items"]
        assert [key["tags"] for key in keys] == [{"paysandbox-verify": "dev"}] * 2
        credentials.revoke_key()
        assert account.client("apigateway").get_api_keys()["items"] == []


def test_verification_role_manages_only_its_environments_donors(pipeline: Synthesized) -> None:
    """An ARN cannot name the pool, whose id is generated on creation; its tags can identify it."""
    of_environment = {f"aws:ResourceTag/{name}": value for name, value in pipeline.environment.tags.items()}
    for role in roles(pipeline).values():
        for right in rights(pipeline, role):
            if "userpool" in text(right["Resource"]):
                assert right["Condition"] == {"StringEquals": of_environment}


def test_no_right_is_wider_than_its_reason(pipeline: Synthesized) -> None:
    for role in roles(pipeline).values():
        assert not {"ManagedPolicyArns", "Policies"} & set(role.properties), role
        for right in rights(pipeline, role):
            assert right["Effect"] == "Allow"
            assert not {"NotAction", "NotResource"} & set(right)
            for action in listed(right["Action"]):
                assert "*" not in action
                assert "*" not in text(right["Resource"]) or action in WILDCARDS, action


def test_sessions_are_bounded(pipeline: Synthesized) -> None:
    for role in roles(pipeline).values():
        assert role.properties["MaxSessionDuration"] == 7200, role


def test_no_pipeline_without_the_setting(synthesized: Synthesized) -> None:
    assert "sts:AssumeRoleWithWebIdentity" not in json.dumps(synthesized.templates)
    assert synthesized.all("AWS::IAM::OIDCProvider") == []


@pytest.mark.full
def test_oidc_provider_is_created_if_missing() -> None:
    dev = templates_for(**PROVIDER_MADE)
    (provider,) = in_pipeline(dev, "AWS::IAM::OIDCProvider")
    assert provider.properties["Url"] == f"https://{ISSUER}" == "https://token.actions.githubusercontent.com"
    assert provider.properties["ClientIdList"] == ["sts.amazonaws.com"]
    principal = roles(dev)["deploy"].properties["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]
    assert principal == {"Federated": {"Fn::GetAtt": [provider.id, "Arn"]}}


def test_existing_oidc_provider_is_kept(pipeline: Synthesized) -> None:
    assert in_pipeline(pipeline, "AWS::IAM::OIDCProvider") == []


def test_pipeline_stack_is_independent(pipeline: Synthesized) -> None:
    """No other stack depends on it, so it can be removed. It needs none, so `--exclusively` deploys it first."""
    stack = f"paysandbox-{pipeline.environment.name}-pipeline"
    assert not any(stack in before for before in pipeline.after.values())
    assert "Fn::ImportValue" not in text(pipeline.templates[stack])


@pytest.mark.parametrize("repository", ["acme/pay", "acme-1/pay.v2_x", "acme@123456/pay@456789"])
def test_repository_name_matches_the_tokens_subject(repository: str) -> None:
    assert environment_of({"github_repository": repository}).github_repository == repository


@pytest.mark.parametrize(
    "repository",
    [
        "acme", "acme/", "/pay", "acme/pay/x", "acme/*", "*/*", "acme/pay:*", "acme/pa?", "https://github.com/acme/pay",
        "acme@1/pay", "acme/pay@1", "acme@/pay@", "acme /pay", "acme/pay\n",
    ],
)  # fmt: skip
def test_invalid_repositories_are_refused(repository: str) -> None:
    with pytest.raises(SettingError, match="github_repository must be owner/name, or owner@id/name@id"):
        environment_of({"github_repository": repository})


@pytest.mark.parametrize(
    "context, said",
    [
        (
            {"github_repository": REPOSITORY, "github_provider_arn": "arn:aws:iam::1:oidc-provider/x"},
            "must be arn:aws:iam",
        ),
        ({"github_provider_arn": PROVIDER}, "needs a repository too"),
    ],
)
def test_a_provider_of_another_kind_is_refused(context: dict, said: str) -> None:
    with pytest.raises(SettingError, match=re.escape(said)):
        environment_of(context)
