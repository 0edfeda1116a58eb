"""The reference pages, served by the sandbox itself, and cross-origin calls from a browser."""

import re
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from api_reference.routes import ROUTES
from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api


@pytest.fixture(scope="module")
def browser(sandbox: Sandbox) -> Iterator[httpx.Client]:
    """Provide a client without a key."""
    with httpx.Client(base_url=sandbox.base_url, trust_env=False) as client:
        yield client


def test_reference_page_and_its_assets(browser: httpx.Client) -> None:
    page = browser.get("/docs/explorer")
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    for path, size in (
        ("/docs/swagger-ui-bundle.js", 1_000_000),
        ("/docs/swagger-ui.css", 100_000),
        ("/docs/minisearch.js", 10_000),
        ("/docs/explorer.js", 1),
        ("/docs/pages.js", 1),
    ):
        assert f"{path.removeprefix('/')}?v=" in page.text
        asset = browser.get(path)
        assert asset.status_code == 200
        assert len(asset.content) > size


def test_openapi_document_has_the_deployed_url(browser: httpx.Client) -> None:
    document = browser.get("/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    assert set(document["paths"]) == {route.path for route in ROUTES}


@pytest.mark.parametrize("refused", ["by a handler", "by the gateway"])
def test_errors_link_to_their_page(browser: httpx.Client, api: Api, refused: str) -> None:
    answer = api.http.get("/payments/nonsense") if refused == "by a handler" else browser.get("/payments")
    page = browser.get(httpx.URL(str(answer.url)).join(answer.json()["doc_url"]))
    assert page.status_code == 200
    assert f"<title>{answer.json()['code']} · " in page.text
    assert {"Request-Id", "Retry-After"} <= {*answer.headers["Access-Control-Expose-Headers"].split(", ")}


def test_list_of_all_error_codes(browser: httpx.Client) -> None:
    assert "errors/rate_limited" in browser.get("/docs/errors").text


@pytest.mark.parametrize("path", ["/payments/authorize", "/payments/auth_x", "/docs/errors/rate_limited"])
def test_preflight_requests(browser: httpx.Client, path: str) -> None:
    asked = {
        "Origin": "https://shop.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-api-key,x-idempotency-key",
    }
    answer = browser.options(path, headers=asked)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    allowed = answer.headers["Access-Control-Allow-Headers"].lower().split(", ")
    assert set(asked["Access-Control-Request-Headers"].split(",")) <= set(allowed)


def test_postman_collection_runs_a_payment_lifecycle(api: Api) -> None:
    """The collection is run as Postman runs it: variables replace braces, and ids come from earlier answers."""
    collection = api.http.get("/postman.json").raise_for_status().json()
    variables = {entry["key"]: entry["value"] for entry in collection["variable"]}
    (payments,) = (folder for folder in collection["item"] if folder["name"] == "payments")
    for item in payments["item"]:
        method, path, headers, body = _filled(item["request"], variables)
        answer = api.http.request(method, path, headers=headers, content=body)
        assert answer.status_code == 200, answer.text
        for line in item.get("event", [{"script": {"exec": []}}])[0]["script"]["exec"]:
            if "json().transaction_id" in line:
                variables[line.partition('set("')[2].partition('"')[0]] = answer.json()["transaction_id"]
    assert variables["auth_id"].startswith("auth_")
    assert variables["capture_id"].startswith("cap_")


def _filled(request: dict[str, Any], variables: dict[str, str]) -> tuple[str, str, dict[str, str], str | None]:
    def fill(text: str) -> str:
        return re.sub(r"{{([$\w]+)}}", lambda m: str(uuid.uuid4()) if m[1] == "$guid" else variables[m[1]], text)

    path = request["url"]["raw"].removeprefix("{{baseUrl}}")
    for entry in request["url"].get("variable", []):
        path = path.replace(f":{entry['key']}", fill(entry["value"]))
    headers = {entry["key"]: fill(entry["value"]) for entry in request["header"]}
    return request["method"], path, headers, fill(request["body"]["raw"]) if "body" in request else None


@pytest.mark.full
def test_pages_work_with_a_trailing_slash(browser: httpx.Client) -> None:
    """Links are relative. Each page that several of these link to is opened once."""
    linked: set[str] = set()
    for path in ("/docs", "/docs/", "/docs/errors", "/docs/errors/", "/docs/errors/rate_limited/"):
        found = re.findall(r'(?:src|href)="([^"]+)"', browser.get(path).raise_for_status().text)
        links = {urljoin(path, link).partition("#")[0] for link in found if not link.startswith(("data:", "#", "http"))}
        assert len(links) >= 4
        linked |= links
    assert {path: answer.status_code for path in linked if not (answer := browser.get(path)).is_success} == {}
