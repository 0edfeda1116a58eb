"""The custom resource that refuses a deployment which would remove what a setting was forgotten for."""

from typing import Any

import pytest

from provisioning import refuse_removals
from tests.support.fakes.cloudformation import CloudFormation

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


class Checked:
    """The resource, as CloudFormation creates, updates and rolls it back: it keeps the ID and the properties."""

    def __init__(self, stack: CloudFormation) -> None:
        self._stack = stack
        self._id: str | None = None
        self._made: dict[str, str] = {}

    def send(self, request: str, made: dict[str, str], *accepted: str) -> dict[str, Any]:
        """Send a request. Return the response."""
        self._stack.answers.clear()
        # CloudFormation leaves out a list or an object that is empty in some versions of its events.
        properties: dict[str, Any] = {"ServiceToken": "arn", "File": FILE} | ({"Made": made} if made else {})
        event = {
            "RequestType": request,
            "RequestId": "request-1",
            "StackId": "stack-1",
            "LogicalResourceId": "checked",
            "ResponseURL": self._stack.url,
            "ResourceProperties": properties | ({"Accepted": [*accepted]} if accepted else {}),
        } | ({} if self._id is None else {"PhysicalResourceId": self._id})
        if request == "Update":
            event["OldResourceProperties"] = {"File": FILE, "Made": self._made}
        refuse_removals.handler(event, None)
        answer = self._stack.answer
        # Also of an update that failed: its rollback comes with the properties that were refused.
        self._id, self._made = answer["PhysicalResourceId"], made
        return answer


@pytest.fixture
def checked(cloudformation: CloudFormation) -> Checked:
    return Checked(cloudformation)


def test_a_removal_is_refused_with_what_to_write_where(checked: Checked) -> None:
    before = checked.send("Create", DOMAIN | FIREWALL | MAIL)
    answer = checked.send("Update", MAIL)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", before["PhysicalResourceId"])
    assert answer["Reason"] == (
        "This deployment would remove: domain, firewall. To keep that, write into environments/prod.toml: "
        'domain = "pay.example.com"; waf_requests_per_5_minutes = 300. '
        'To remove it, write there: accept_removal = ["domain", "firewall"]'
    )


@pytest.mark.parametrize("refused", [{}, MAIL, FIREWALL | MAIL])
def test_the_rollback_of_a_refused_deployment_succeeds(checked: Checked, refused: dict[str, str]) -> None:
    """It removes what the refused deployment would have added. Refused too, it would leave the stack stuck."""
    checked.send("Create", DOMAIN)
    assert checked.send("Update", refused)["Status"] == "FAILED"
    assert checked.send("Update", DOMAIN)["Status"] == "SUCCESS"
    assert checked.send("Update", refused)["Status"] == "FAILED"


@pytest.mark.parametrize(
    "made, accepted",
    [
        ({}, ("domain",)),
        (DOMAIN, ()),
        (OTHER_DOMAIN, ()),
        (DOMAIN | MAIL, ()),
    ],
)
def test_other_updates_succeed(checked: Checked, made: dict[str, str], accepted: tuple[str, ...]) -> None:
    checked.send("Create", DOMAIN)
    assert checked.send("Update", made, *accepted)["Status"] == "SUCCESS"


@pytest.mark.parametrize("made", [{}, DOMAIN])
def test_a_stack_can_be_deleted(checked: Checked, made: dict[str, str]) -> None:
    checked.send("Create", made)
    assert checked.send("Delete", made)["Status"] == "SUCCESS"
