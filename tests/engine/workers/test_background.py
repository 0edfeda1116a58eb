"""Which functions run in the background."""

from types import SimpleNamespace
from typing import Any

import pytest

from engine.ministack import view
from engine.workers.background import background_functions

ARN = "arn:aws:lambda:us-east-1:000000000000:function:"

SERVICES: Any = SimpleNamespace(
    _esms=SimpleNamespace(
        _data={"1": {"FunctionArn": f"{ARN}plan_deliveries:live"}, "2": {"FunctionArn": f"{ARN}send"}}
    ),
    _log_groups=SimpleNamespace(
        _data={
            "/aws/lambda/authorize_payment": {
                "subscriptionFilters": {"all": {"destinationArn": f"{ARN}store_requests"}}
            },
            "/aws/lambda/store_requests": {},
        }
    ),
)


@pytest.mark.parametrize(
    "function, expected",
    [("plan_deliveries", True), ("send", True), ("store_requests", True), ("authorize_payment", False), ("", False)],
)
def test_event_sources_and_log_groups_invoke_functions_in_the_background(function: str, expected: bool) -> None:
    assert background_functions(view("lambda_svc", SERVICES), view("cloudwatch_logs", SERVICES))(function) is expected
