"""Refusal of webhook URLs that lead to the sandbox's own port, where AWS answers: any spelling, on every route."""

import socket
from collections.abc import Callable

import httpx
import pytest

from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api
from tests.support.tools.ports import free_port

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
COMMAND = "/?Action=ListQueues&Version=2012-11-05"
HOSTS = (
    "localhost",
    "LOCALHOST.",
    "x.localhost",
    "127.0.0.1",
    "127.0.0.2",
    "１２７.０.０.１",
    "0.0.0.0",  # noqa: S104 - no socket is bound
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[2002:7f00:1::]",
    "127.1",
    "2130706433",
    "0x7f000001",
    "017700000001",
    "0177.0.0.1",
    socket.gethostname(),
)
INBOX = "/inbox/demo_" + "a" * 32
PATHS = (
    "/",
    "/webhooks/stripe/",
    "/webhooks/stripe/../x",
    "/webhooks/stripe?Action=ListQueues",
    "/webhooks/stripe;x",
    "/webhooks/strip%65",
    "/webhooks%2Fstripe",
    "//webhooks/stripe",
    "/inbox/",
    f"{INBOX}/",
    f"{INBOX}?Action=ListQueues",
    f"{INBOX}/../../sandbox/inbox",
    f"/{INBOX}",
    INBOX.replace("inbox", "%69nbox"),
)

Register = Callable[[str], httpx.Response]


@pytest.fixture(scope="module", params=["create", "update", "create at /v1", "update at /v1"])
def register(request: pytest.FixtureRequest, api: Api) -> Register:
    """Return a function that sends a URL to one of the routes that accept one."""
    bearer = {"Authorization": f"Bearer {api.api_key}"}

    def at_v1(path: str, **params: str) -> httpx.Response:
        body = "&".join(str(httpx.QueryParams({name: value})) for name, value in params.items())
        return api.http.post(path, content=body, headers=bearer | FORM)

    match request.param:
        case "create":
            return lambda url: api.post("/webhooks/endpoints", {"url": url, "events": ["*"]})
        case "update":
            made = api.post("/webhooks/endpoints", {"url": "https://example.com/", "events": ["*"]}).json()
            return lambda url: api.http.patch(f"/webhooks/endpoints/{made['endpoint_id']}", json={"url": url})
        case "create at /v1":
            return lambda url: at_v1("/v1/webhook_endpoints", url=url, **{"enabled_events[0]": "*"})
        case _:
            wanted = {"url": "https://example.com/", "enabled_events[0]": "*"}
            made = at_v1("/v1/webhook_endpoints", **wanted).raise_for_status().json()
            return lambda url: at_v1(f"/v1/webhook_endpoints/{made['id']}", url=url)


def refused(answer: httpx.Response) -> bool:
    """Return whether the answer is either API's refusal of such a URL."""
    said = answer.json().get("error") or answer.json()
    return (answer.status_code, said.get("code"), said.get("param")) in {
        (400, "url_not_allowed", "url"),
        (400, "url_invalid", "url"),
    }


@pytest.mark.full
def test_the_sandbox_is_not_allowed_as_a_receiver(sandbox: Sandbox, register: Register) -> None:
    urls = [f"http://{host}:{sandbox.port}{COMMAND}" for host in HOSTS]
    urls += [f"http://127.0.0.1:{sandbox.port}{path}" for path in PATHS]
    urls += [f"https://127.0.0.1:{sandbox.port}/webhooks/stripe"]
    assert [url for url in urls if not refused(register(url))] == []


def test_the_detail_has_a_remedy(sandbox: Sandbox, register: Register) -> None:
    answer = register(f"http://127.0.0.1:{sandbox.port}{COMMAND}")
    assert f"port {sandbox.port}" in answer.text
    assert "another port" in answer.text


def test_public_hosts_need_https(register: Register) -> None:
    assert refused(register("http://8.8.8.8/"))
    assert refused(register("http://example.com/"))


def test_other_ports_the_donations_path_and_the_inbox_are_allowed(
    sandbox: Sandbox, api: Api, register: Register
) -> None:
    inbox = api.http.get("/sandbox/inbox").raise_for_status().json()["url"]
    for url in (f"http://localhost:{free_port()}{COMMAND}", f"http://127.0.0.1:{sandbox.port}/webhooks/stripe", inbox):
        answer = register(url)
        assert (answer.status_code, answer.json()["url"]) == (200, url), answer.text
