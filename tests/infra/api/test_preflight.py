"""How API Gateway answers OPTIONS: rendered by Velocity's rules on AWS, and constant in the local environment."""

import re
from dataclasses import dataclass
from typing import Any

import airspeed
import pytest

from api_reference.openapi import API_KEY_HEADER, IDEMPOTENCY_HEADER
from api_reference.routes import ROUTES
from paysandbox.http.cors import ALLOW_ORIGIN, CORS_ORIGINS, DASHBOARD_ORIGIN, METHODS, PREFLIGHT, REQUEST_HEADERS
from stacks.api.preflight import preflight_template
from tests.infra.templates import Synthesized

OF_STRIPE = (
    *("Authorization", "Stripe-Account", "Stripe-Context", "Stripe-Request-Trigger", "Stripe-Version"),
    *("User-Agent", "X-Stripe-Client-Telemetry", "X-Stripe-Client-User-Agent"),
)
"""What npm `stripe` 23.1.0 sends (RequestSender)."""

LISTED = {CORS_ORIGINS: "https://shop.example,http://localhost:3000"}
HOSTED = {DASHBOARD_ORIGIN: "https://d1.cloudfront.net"}


@dataclass
class Input:
    """`$input` of a mapping template."""

    headers: dict[str, str]

    def params(self) -> dict[str, dict[str, str]]:
        return {"header": self.headers}


def preflight(headers: dict[str, str], variables: dict[str, str]) -> dict[str, str]:
    """Return the headers that the template sets. Names in airspeed have no hyphens, as they have in Velocity."""
    template = re.sub(r"(?<=header\.)[\w-]+", lambda name: name[0].replace("-", "_"), preflight_template())
    answered: dict[str, str] = {}
    context = {"responseOverride": {"header": answered}}
    body = airspeed.Template(template).merge({"input": Input(headers), "context": context, "stageVariables": variables})
    assert body.strip() == ""
    return {name.replace("_", "-"): value for name, value in answered.items()}


@pytest.mark.parametrize(
    "origin, variables, allowed",
    [
        ("https://shop.example", LISTED, True),
        ("http://localhost:3000", LISTED, True),
        ("https://d1.cloudfront.net", HOSTED, True),
        ("https://d1.cloudfront.net", LISTED | HOSTED, True),
        ("https://shop.example", LISTED | HOSTED, True),
        ("https://evil.example", LISTED | HOSTED, False),
        # Another scheme, port or host, and a part of one.
        ("http://shop.example", LISTED, False),
        ("https://shop.example:8443", LISTED, False),
        ("https://shop.example.evil.example", LISTED, False),
        ("https://evil-shop.example", LISTED, False),
        ("https://SHOP.example", LISTED, False),
        ("http://localhost", LISTED, False),
        (LISTED[CORS_ORIGINS], LISTED, False),
        ("", LISTED, False),
        # Of a sandboxed frame, a file, or a redirect across origins.
        ("null", LISTED, False),
        ("*", LISTED, False),
        # Without variables.
        ("https://shop.example", {}, False),
        ("", {}, False),
        ("$!stageVariables.cors_origins", {}, False),
    ],
)
def test_only_listed_origins_may_call(origin: str, variables: dict[str, str], allowed: bool) -> None:
    """Without permission, a browser does not send the request, and the key with it."""
    granted = {ALLOW_ORIGIN: origin, **PREFLIGHT} if allowed else {}
    # HTTP/2 has headers in lower case alone.
    assert preflight({"Origin": origin}, variables) == preflight({"origin": origin}, variables) == granted


@pytest.mark.parametrize("variables", [{}, LISTED, HOSTED])
def test_a_request_without_an_origin_gets_no_permission(variables: dict[str, str]) -> None:
    assert preflight({}, variables) == {}


def test_every_header_of_the_routes_may_be_sent() -> None:
    assert {route.method for route in ROUTES} <= {*PREFLIGHT["Access-Control-Allow-Methods"].split(", ")} == {*METHODS}
    sent = {API_KEY_HEADER, IDEMPOTENCY_HEADER, "Idempotency-Key", "Content-Type", *OF_STRIPE}
    assert sent <= {*PREFLIGHT["Access-Control-Allow-Headers"].split(", ")} == {*REQUEST_HEADERS}
    assert "Access-Control-Allow-Credentials" not in PREFLIGHT, "keys are headers, which no browser attaches by itself"


def paths_of(synthesized: Synthesized, stack: str) -> dict[str, Any]:
    return synthesized.in_stack(stack, "AWS::ApiGateway::RestApi").properties["Body"]["paths"]


@pytest.mark.parametrize("stack", ["api", "v1"])
def test_every_path_answers_preflights_without_a_function(synthesized: Synthesized, stack: str) -> None:
    local = synthesized.environment.name == "local"
    for path, operations in paths_of(synthesized, stack).items():
        integration: dict[str, Any] = operations["options"]["x-amazon-apigateway-integration"]
        assert (integration["type"], integration["requestTemplates"]) == (
            "mock",
            {"application/json": '{"statusCode": 204}'},
        )
        # A body of another type is refused, and not passed through as if it were the template's result.
        assert integration["passthroughBehavior"] == "never"
        (answer,) = integration["responses"].values()
        mapped = {name.removeprefix("method.response.header."): v for name, v in answer["responseParameters"].items()}
        constant = {ALLOW_ORIGIN: "*", **PREFLIGHT} if local else {"Vary": "Origin"}
        assert mapped == {name: f"'{value}'" for name, value in constant.items()}, path
        assert answer.get("responseTemplates") == (None if local else {"application/json": preflight_template()})
        # API Gateway refuses to map a header that the method's response does not declare.
        assert operations["options"]["responses"]["204"]["headers"].keys() == mapped.keys()
