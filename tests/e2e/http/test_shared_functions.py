"""Routes that share a function, distinguished in logs, metrics and the request log as if each had its own."""

import json
from typing import Any

from tests.e2e.conftest import Sandbox
from tests.e2e.test_requests import shown
from tests.support.clients.api import Api
from tests.support.tools.waiting import until


def test_routes_of_a_shared_function_have_separate_logs_and_metrics(sandbox: Sandbox, api: Api) -> None:
    """`get_settlement` and `list_settlements` share a function, as do the routes of webhook endpoints and of events."""
    wanted = {
        api.http.get("/settlements/none").headers["Request-Id"]: "get_settlement",
        api.http.get("/settlements").headers["Request-Id"]: "list_settlements",
        api.http.get("/webhooks/endpoints").headers["Request-Id"]: "list_endpoints",
        api.http.get("/events").headers["Request-Id"]: "list_events",
    }
    for request_id, route in wanted.items():
        mine = until(lambda: logged(sandbox, route, request_id), f"the line of {route}")  # noqa: B023 - called here
        assert [line["route"] for line in mine] == [route]
        assert shown(api, request_id)["route"] == route
    figures = {row["route"]: row for row in sandbox.json("metrics")["routes"]}
    assert figures.keys() >= set(wanted.values())
    assert figures["get_settlement"]["4xx"] >= 1
    assert "read_settlements" not in figures


def logged(sandbox: Sandbox, route: str, request_id: str) -> list[dict[str, Any]]:
    """Wait for a request's lines among those of a route, and return them."""
    printed = sandbox.run("logs", "--json", "--since", "1h", "--route", route).stdout
    lines = [json.loads(line) for line in printed.splitlines()]
    assert {line["route"] for line in lines} <= {route}
    return [line for line in lines if line["request_id"] == request_id]
