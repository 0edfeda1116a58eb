"""The dashboard's checks of `paysandbox verify`, against a server that behaves as CloudFront and API Gateway should."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from cli.connection.api import client_of
from cli.connection.target import Target
from cli.verification.client import Credentials, Run
from cli.verification.dashboard_checks import DASHBOARD_SUITE, Browser
from cli.verification.suite import Finding, Outcome
from cli.verification.suites import suites_of
from tests.support.fakes.wire import Reply, Request, served

PAGE = (
    '<!doctype html><head><meta http-equiv="Content-Security-Policy" content="connect-src \'self\' https://a.example">'
)
PAGE_CHECK = "The dashboard is served with a Content-Security-Policy, and has the address of this API"
PATHS_CHECK = "Every path of the dashboard is the page, and a missing file is not found"
SECURED = {"Content-Security-Policy": "default-src 'none'", "Strict-Transport-Security": "max-age=31536000"}

ON_AWS = Target("dev", "eu-west-1", "https://a1.execute-api.eu-west-1.amazonaws.com/live", None)

Answer = Callable[[Request, str], Reply]


def sound(request: Request, base_url: str) -> Reply:
    """Answer as a deployed environment does."""
    if request.method == "OPTIONS":
        is_own = request.headers["origin"] == base_url
        return Reply(204, "", {"Access-Control-Allow-Origin": base_url} if is_own else {"Vary": "Origin"})
    if request.path == "/dashboard/config.json":
        return Reply(200, {"api_base": base_url}, SECURED)
    return Reply(404, "<Error/>", SECURED) if "assets/" in request.path else Reply(200, PAGE, SECURED)


def findings(answer: Answer = sound, *, hosted: bool = True) -> Mapping[str, Finding]:
    with served(lambda request: answer(request, wire.base_url)) as wire, client_of(wire.base_url) as http:
        run = Run("1f", "dev", "", "", 2040, f"{wire.base_url}/dashboard/" if hosted else "")
        browser = Browser(http, run, Credentials(ON_AWS, "verify"))
        return {finding.name: finding for finding in DASHBOARD_SUITE.findings(browser)}


def not_passed(found: Mapping[str, Finding]) -> dict[str, str]:
    return {name: finding.outcome.value for name, finding in found.items() if finding.outcome is not Outcome.PASSED}


def test_a_sound_deployment_passes() -> None:
    assert not_passed(findings()) == {}


@pytest.mark.parametrize(
    "fault, changed, check",
    [
        (
            "the policy is missing",
            Reply(200, PAGE),
            PAGE_CHECK,
        ),
        (
            "the page has none",
            Reply(200, "<head>", SECURED),
            PATHS_CHECK,
        ),
        (
            "errors are the page",
            Reply(200, PAGE, SECURED),
            PATHS_CHECK,
        ),
        (
            "another API",
            Reply(200, {"api_base": "https://b.example"}),
            PAGE_CHECK,
        ),
        ("no origin", Reply(204, ""), "The dashboard's page may call the API"),
        ("any", Reply(204, "", {"Access-Control-Allow-Origin": "*"}), "A page of another site may not call the API"),
    ],
)
def test_each_fault_is_found(fault: str, changed: Reply, check: str) -> None:
    assert check in not_passed(findings(lambda *_: changed)), fault


def test_without_a_dashboard_the_checks_do_not_run() -> None:
    """In a region without CloudFront. Whether other sites may call is checked there too."""
    found = findings(hosted=False)
    assert set(not_passed(found).values()) == {"not_tried"}
    assert len(found) - len(not_passed(found)) == 1


def test_only_aws_has_these_checks() -> None:
    assert DASHBOARD_SUITE in suites_of(ON_AWS)
    assert DASHBOARD_SUITE not in suites_of(replace(ON_AWS, aws_endpoint_url="http://localhost:4610"))
