"""The dashboard's checks of `paysandbox verify`, against a server that behaves as CloudFront and API Gateway should."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from cli.connection.api import client_of
from cli.connection.target import Target
from cli.verification.checks import Finding, Outcome, Place
from cli.verification.dashboard_checks import DASHBOARD_SUITE, Viewer
from cli.verification.payment_checks import suites_of
from tests.support.wire import Reply, Request, served

PAGE = (
    '<!doctype html><head><meta http-equiv="Content-Security-Policy" content="connect-src \'self\' https://a.example">'
)
SECURED = {"Content-Security-Policy": "default-src 'none'", "Strict-Transport-Security": "max-age=31536000"}

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
        place = Place("1f", "dev", "", "", 2040, f"{wire.base_url}/dashboard/" if hosted else "")
        viewer = Viewer(http, place, "verify", lambda: "", lambda: None, lambda: "")
        for name, checks in DASHBOARD_SUITE.chapters.items():
            viewer.chapter(name, checks)
        return {finding.name: finding for finding in viewer.findings}


def not_passed(found: Mapping[str, Finding]) -> dict[str, str]:
    return {name: one.outcome.value for name, one in found.items() if one.outcome is not Outcome.PASSED}


def test_a_sound_deployment_passes() -> None:
    assert not_passed(findings()) == {}


@pytest.mark.parametrize(
    "fault, changed, check",
    [
        ("the policy is missing", Reply(200, PAGE), "the dashboard is served with a Content-Security-Policy"),
        ("the page has none", Reply(200, "<head>", SECURED), "every path of the dashboard is the page"),
        ("errors are the page", Reply(200, PAGE, SECURED), "a missing file of the dashboard is not found"),
        ("another API", Reply(200, {"api_base": "https://b.example"}), "the dashboard has the address of this API"),
        ("no origin", Reply(204, ""), "the dashboard's page may call the API"),
        ("any", Reply(204, "", {"Access-Control-Allow-Origin": "*"}), "a page of another site may not call the API"),
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
    on_aws = Target("dev", "eu-west-1", "https://a1.execute-api.eu-west-1.amazonaws.com/live", None)
    assert DASHBOARD_SUITE in suites_of(on_aws)
    assert DASHBOARD_SUITE not in suites_of(replace(on_aws, aws_endpoint_url="http://localhost:4610"))
