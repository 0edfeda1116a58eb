"""CloudFormation's protocol for custom resources: every request gets a response, whatever the handler does."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from provisioning import custom_resource
from tests.support.fakes.cloudformation import CloudFormation


def answered(stack: CloudFormation, handle: Callable[[], str], *, physical_id: str | None = None) -> dict[str, Any]:
    event = {
        "RequestType": "Create",
        "RequestId": "request-1",
        "StackId": "stack-1",
        "LogicalResourceId": "Thing",
        "ResponseURL": stack.url,
    }
    known = {"PhysicalResourceId": physical_id} if physical_id else {}
    custom_resource.respond(event | known, "thing", handle)
    return stack.answer


def denied() -> str:
    raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not for the-secret"}}, "PutParameter")


def broken() -> str:
    raise ValueError("the-secret")


def test_response_matches_the_request(cloudformation: CloudFormation) -> None:
    assert answered(cloudformation, lambda: "thing-1") == {
        "Status": "SUCCESS",
        "PhysicalResourceId": "thing-1",
        "Reason": "",
        "RequestId": "request-1",
        "StackId": "stack-1",
        "LogicalResourceId": "Thing",
    }
    # The address is signed for an empty content type; any other is refused there.
    assert cloudformation.content_types == [""]


@pytest.mark.parametrize(
    "handle, reason", [(denied, "thing: PutParameter: AccessDenied"), (broken, "thing: ValueError")]
)
@pytest.mark.parametrize("physical_id", [None, "thing-1"])
def test_failures_report_the_error_name_and_keep_the_id(
    handle: Callable[[], str], reason: str, physical_id: str | None, cloudformation: CloudFormation
) -> None:
    """With another ID, CloudFormation would delete what the present one names."""
    answer = answered(cloudformation, handle, physical_id=physical_id)
    assert (answer["Status"], answer["Reason"]) == ("FAILED", reason)
    assert answer["PhysicalResourceId"] == (physical_id or "none")


@pytest.mark.parametrize("refusals", [[500], [503, 403]])
def test_a_rejected_response_is_retried(cloudformation: CloudFormation, refusals: list[int], no_waiting: None) -> None:
    cloudformation.refusals = list(refusals)
    assert answered(cloudformation, lambda: "thing-1")["Status"] == "SUCCESS"


def test_retries_are_bounded(cloudformation: CloudFormation, no_waiting: None) -> None:
    """The function fails in its log; the stack's own time limit ends the wait."""
    cloudformation.refusals = [500] * 10
    with pytest.raises(TimeoutError):
        answered(cloudformation, lambda: "thing-1")
    assert len(cloudformation.refusals) == 7, "three tries"


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(custom_resource.time, "sleep", lambda _seconds: None)
