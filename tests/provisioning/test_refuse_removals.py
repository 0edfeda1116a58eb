"""The custom resource that refuses a deployment which would remove what a setting was forgotten for."""

from collections.abc import Iterator
from typing import Any

import pytest

from provisioning import refuse_removals
from tests.support.fakes.cloudformation import CloudFormation, listening

FILE = "environments/prod.toml"
DOMAIN = {"domain": 'domain = "pay.example.com"'}
OTHER_DOMAIN = {"domain": 'domain = "pay.example.org"'}
FIREWALL = {"firewall": "waf_requests_per_5_minutes = 300"}
MAIL = {"subscription": 'alarm_email = "ops@example.com"'}


@pytest.mark.parametrize(
    "before, after, accepted, lost",
    [
        ({}, {}, (), {}),
        ({}, DOMAIN, (), {}),
        (DOMAIN, DOMAIN, (), {}),
        (DOMAIN, OTHER_DOMAIN, (), {}),  # written down, so not forgotten
        (DOMAIN, DOMAIN | MAIL, (), {}),
        (DOMAIN, {}, (), DOMAIN),
        (DOMAIN, MAIL, (), DOMAIN),
        (DOMAIN, {}, ("domain",), {}),
        (DOMAIN, {}, ("firewall",), DOMAIN),
        (DOMAIN | FIREWALL | MAIL, MAIL, (), DOMAIN | FIREWALL),
        (DOMAIN | FIREWALL | MAIL, MAIL, ("domain",), FIREWALL),
        (DOMAIN | FIREWALL | MAIL, {}, ("domain", "firewall", "subscription"), {}),
    ],
)
def test_removed(
    before: dict[str, str], after: dict[str, str], accepted: tuple[str, ...], lost: dict[str, str]
) -> None:
    assert refuse_removals.removed(before, after, accepted) == lost


@pytest.fixture
def cloudformation(monkeypatch: pytest.MonkeyPatch) -> Iterator[CloudFormation]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with listening() as stack:
        yield stack


def answered(
    stack: CloudFormation, request: str, made: dict[str, str], before: dict[str, str] | None = None, *accepted: str
) -> dict[str, Any]:
    stack.answers.clear()
    # CloudFormation leaves out a list or an object that is empty in some versions of its events.
    properties: dict[str, Any] = {"ServiceToken": "arn", "File": FILE} | ({"Made": made} if made else {})
    event = {
        "RequestType": request,
        "RequestId": "request-1",
        "StackId": "stack-1",
        "LogicalResourceId": "checked",
        "ResponseURL": stack.url,
        "ResourceProperties": properties | ({"Accepted": [*accepted]} if accepted else {}),
        **({} if request == "Create" else {"PhysicalResourceId": FILE}),
        **({} if before is None else {"OldResourceProperties": {"File": FILE, "Made": before}}),
    }
    refuse_removals.handler(event, None)
    return stack.answer


def test_a_removal_is_refused_with_what_to_write_where(cloudformation: CloudFormation) -> None:
    answer = answered(cloudformation, "Update", MAIL, DOMAIN | FIREWALL | MAIL)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", FILE)
    assert answer["Reason"] == (
        "This deployment would remove: domain, firewall. To keep that, write into environments/prod.toml: "
        'domain = "pay.example.com"; waf_requests_per_5_minutes = 300. '
        'To remove it, write there: accept_removal = ["domain", "firewall"]'
    )


@pytest.mark.parametrize(
    "request_type, made, before, accepted",
    [
        ("Create", DOMAIN, None, ()),
        ("Update", {}, DOMAIN, ("domain",)),
        ("Update", DOMAIN, {}, ()),  # also the rollback of a refused deployment
        ("Delete", DOMAIN, None, ()),
        ("Delete", {}, None, ()),
    ],
)
def test_everything_else_succeeds_and_keeps_the_id(
    request_type: str,
    made: dict[str, str],
    before: dict[str, str] | None,
    accepted: tuple[str, ...],
    cloudformation: CloudFormation,
) -> None:
    """With another ID, CloudFormation would send a Delete for the previous one."""
    answer = answered(cloudformation, request_type, made, before, *accepted)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", FILE)
