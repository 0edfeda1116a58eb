"""Which origins a response names: those in the stage variable, exactly as a browser sends them."""

from typing import Any

import pytest

from paysandbox.http.cors import ALLOW_ORIGIN, CORS_ORIGINS, DASHBOARD_ORIGIN, answer_headers

LISTED = "https://d1.cloudfront.net,http://localhost:3000"


def event(listed: str | None, *origins: str) -> dict[str, Any]:
    variables = {} if listed is None else {CORS_ORIGINS: listed}
    return {"multiValueHeaders": {"Origin": [*origins]} if origins else {}, "stageVariables": variables}


@pytest.mark.parametrize(
    "listed, origin, allowed",
    [
        (LISTED, "https://d1.cloudfront.net", "https://d1.cloudfront.net"),
        (LISTED, "http://localhost:3000", "http://localhost:3000"),
        # Another scheme, port, host, or a part of one is another origin.
        (LISTED, "http://d1.cloudfront.net", None),
        (LISTED, "https://d1.cloudfront.net:8443", None),
        (LISTED, "https://d1.cloudfront.net.evil.example", None),
        (LISTED, "https://evil-d1.cloudfront.net", None),
        (LISTED, "https://D1.cloudfront.net", None),
        (LISTED, "http://localhost", None),
        (LISTED, LISTED, None),
        (LISTED, "", None),
        # Of a sandboxed frame, a file, or a redirect across origins.
        (LISTED, "null", None),
        (LISTED, "*", None),
        ("*", "https://anything.example", "*"),
        ("", "https://d1.cloudfront.net", None),
        ("", "", None),
        (None, "https://d1.cloudfront.net", None),
    ],
)
def test_allowed_origin(listed: str | None, origin: str, allowed: str | None) -> None:
    headers = answer_headers(event(listed, origin))
    assert headers.get(ALLOW_ORIGIN) == allowed
    assert headers.get("Vary") == (None if allowed == "*" else "Origin")
    assert (len(headers) > 1) is (allowed is not None)


@pytest.mark.parametrize("variables", [{}, {CORS_ORIGINS: LISTED}])
def test_the_dashboards_origin_is_allowed_beside_those_of_the_setting(variables: dict[str, str]) -> None:
    asked = event(None, "https://d9.cloudfront.net") | {
        "stageVariables": variables | {DASHBOARD_ORIGIN: "https://d9.cloudfront.net"}
    }
    assert answer_headers(asked)[ALLOW_ORIGIN] == "https://d9.cloudfront.net"


@pytest.mark.parametrize(
    "sent",
    [
        {"headers": {"origin": "http://localhost:3000"}},
        {"headers": {"ORIGIN": "http://localhost:3000"}, "multiValueHeaders": None},
        {"headers": {"Origin": "https://other.example"}, "multiValueHeaders": {"origin": ["http://localhost:3000"]}},
    ],
)
def test_the_header_is_read_in_any_form_of_an_event(sent: dict[str, Any]) -> None:
    assert answer_headers({**sent, "stageVariables": {CORS_ORIGINS: LISTED}})[ALLOW_ORIGIN] == "http://localhost:3000"


@pytest.mark.parametrize(
    "malformed",
    [
        {},
        {"stageVariables": None, "headers": None, "multiValueHeaders": None},
        {"stageVariables": [], "headers": [], "multiValueHeaders": "x"},
        {"stageVariables": {CORS_ORIGINS: 1}, "headers": {1: 2}, "multiValueHeaders": {"Origin": "no list"}},
        {"stageVariables": {CORS_ORIGINS: LISTED}, "multiValueHeaders": {"Origin": [None]}},
        event(LISTED, "http://localhost:3000", "http://localhost:3000"),
    ],
)
def test_a_malformed_event_grants_nothing_and_fails_nothing(malformed: dict[str, Any]) -> None:
    assert answer_headers(malformed) == {"Vary": "Origin"}


def test_credentials_of_the_browser_are_never_allowed() -> None:
    """Cookies and client certificates: keys are sent as headers."""
    for headers in (answer_headers(event("*")), answer_headers(event(LISTED, "http://localhost:3000"))):
        assert "Access-Control-Allow-Credentials" not in headers
