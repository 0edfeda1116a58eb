"""The React page of a sample: its build, and what is served of it beside the sample's server."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from integrations.react_page import built, served
from integrations.sample_server import SampleError
from tests.support.fakes import wire

PAGE, SCRIPT = "<main id=root>", "render()"
LEADS_ON = wire.Reply(303, "", {"Location": "https://checkout.example/c/pay"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder as a build leaves it, beside a file that is not of it."""
    build = tmp_path / "build"
    (build / "assets").mkdir(parents=True)
    (build / "index.html").write_text(PAGE)
    (build / "assets" / "index.js").write_text(SCRIPT)
    (tmp_path / ".env").write_text("STRIPE_SECRET_KEY=sk_test_1")
    return build


@pytest.fixture
def server() -> Iterator[wire.Wire]:
    """Run a server that leads on to another page."""
    with wire.served(lambda _: LEADS_ON) as running:
        yield running


@pytest.mark.parametrize(
    "path, kind, text",
    [
        ("/", "text/html", PAGE),
        ("/assets/index.js?v=1", "text/javascript", SCRIPT),
        ("/completion?payment_intent=pi_1", "text/html", PAGE),
        ("/apiary", "text/html", PAGE),
        ("/assets", "text/html", PAGE),
        ("/../.env", "text/html", PAGE),
        ("/%2e%2e/.env", "text/html", PAGE),
    ],
)
def test_a_path_has_its_file_or_the_page(folder: Path, server: wire.Wire, path: str, kind: str, text: str) -> None:
    with served(folder, server.base_url) as url:
        browser = HTTPConnection(urlsplit(url).netloc, timeout=10)  # it sends a path as it is
        browser.request("GET", path)
        answer = browser.getresponse()
        assert (answer.status, answer.headers["Content-Type"], answer.read().decode()) == (200, kind, text)
        browser.close()
    assert server.requests == []


def test_api_is_the_samples_server(folder: Path, server: wire.Wire) -> None:
    with served(folder, server.base_url) as url, httpx.Client(base_url=url, trust_env=False) as browser:
        reply = browser.post("/api/create-checkout-session?a=b", data={"quantity": "1"})
    assert (reply.status_code, reply.headers["location"]) == (303, LEADS_ON.headers["Location"])
    [request] = server.requests
    assert (request.method, request.path, request.query) == ("POST", "/create-checkout-session", {"a": "b"})
    assert request.body == {"quantity": "1"}
    assert request.headers["host"] == urlsplit(server.base_url).netloc


def test_a_build_that_fails_says_why(tmp_path: Path) -> None:
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "package.json").write_text(json.dumps({"scripts": {"build": "echo no page >&2; exit 3"}}))
    with pytest.raises(SampleError, match=r"^npm run build: no page$"):
        built(tmp_path)
