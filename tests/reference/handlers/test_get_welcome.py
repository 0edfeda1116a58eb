"""GET /: what this is, and where to read on."""

import re

import pytest

from api_reference.routes import ROUTES
from paysandbox import TITLE, VERSION
from paysandbox.aws import runtime
from paysandbox.http.route import DASHBOARD_URL
from paysandbox.reference.routes import GET_WELCOME
from reference.get_welcome import handler
from tests.support.clients.call import event, send, send_event

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
HOSTS = [("127.0.0.1", ""), ("pay.example.com", ""), ("abc.execute-api.us-east-1.amazonaws.com", "/live")]


def test_body_identifies_the_api() -> None:
    welcome = send(GET_WELCOME).json
    assert (welcome["service"], welcome["version"]) == (TITLE, VERSION)


def test_links_are_public_routes() -> None:
    public = {route.path for route in ROUTES if route.method == "GET" and route.access == "public"}
    assert set(send(GET_WELCOME).json["links"].values()) <= public


@pytest.mark.parametrize("host, prefix", HOSTS)
def test_links_use_the_requested_host(host: str, prefix: str) -> None:
    sent = event(GET_WELCOME)
    sent["requestContext"]["domainName"] = host
    assert send_event(GET_WELCOME, sent).json["links"]["docs"] == f"{prefix}/docs"


@pytest.mark.parametrize("host, prefix", HOSTS)
def test_a_browser_gets_a_page(host: str, prefix: str) -> None:
    sent = event(GET_WELCOME, headers={"Accept": BROWSER})
    sent["requestContext"]["domainName"] = host
    reply = handler(sent, None)
    assert reply["headers"]["Content-Type"] == "text/html; charset=utf-8"
    assert (reply["headers"]["Vary"], send(GET_WELCOME).headers["Vary"]) == ("Accept", "Accept")
    links = {link for link in re.findall(r'href="([^"]*)"', reply["body"]) if not link.startswith("data:")}
    documents = ("/openapi.json", "/postman.json", "/llms.txt")
    served = {f"{prefix}{path}" for path in ("/", "/docs", "/docs/explorer", "/docs/errors", "/health", *documents)}
    assert links == served | {f"{prefix}/docs/pages.css"}


@pytest.mark.parametrize(
    "port, stage, address",
    [
        ("4610", {}, "http://127.0.0.1:4610/dashboard"),
        (None, {DASHBOARD_URL: "https://d9.cloudfront.net/dashboard"}, "https://d9.cloudfront.net/dashboard"),
        (None, {}, None),
    ],
    ids=["local", "on AWS", "none"],
)
def test_the_page_leads_to_the_dashboard(
    port: str | None, stage: dict[str, str], address: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "engine_port", lambda: port)
    sent = event(GET_WELCOME, headers={"Accept": BROWSER}) | {"stageVariables": stage}
    found = re.search(r'href="([^"]*)">Dashboard', handler(sent, None)["body"])
    assert (found[1] if found else None) == address
