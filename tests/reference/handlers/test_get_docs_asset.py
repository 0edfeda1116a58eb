"""GET /docs/{asset}: a page of the documentation, or a script, style sheet or document that pages load."""

import importlib
import json

import pytest

from paysandbox.reference.routes import GET_DOCS_ASSET
from tests.support.clients.call import send

ASSET = importlib.import_module("reference.get_docs_asset")
ASSETS = ASSET.ASSETS
KINDS = {
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "json": "application/json",
    "md": "text/markdown; charset=utf-8",
}


@pytest.fixture(autouse=True)
def new_environment() -> None:
    """Nothing is read yet."""
    ASSET.text_of.cache_clear()


@pytest.mark.parametrize("asset", ASSETS)
def test_content_types(asset: str) -> None:
    reply = send(GET_DOCS_ASSET, path={"asset": asset})
    assert reply.status == 200
    assert reply.headers["Content-Type"] == KINDS.get(asset.rpartition(".")[2], "text/plain; charset=utf-8")
    assert reply.headers["Cache-Control"] == "public, max-age=3600"
    assert reply.text


@pytest.mark.parametrize(
    "asset",
    [
        "nowhere.js",
        "page.html",
        "nowhere.md",
        ".md",
        "openapi.json",
        "../get_docs.py",
        "..%2f__init__.py",
        ".built",
        "",
        "/etc/passwd",
    ],
)
def test_other_paths_are_a_404(asset: str) -> None:
    reply = send(GET_DOCS_ASSET, path={"asset": asset})
    assert (reply.status, reply.code) == (404, "resource_not_found")


def test_top_level_pages_are_served() -> None:
    reply = send(GET_DOCS_ASSET, path={"asset": "decisions"})
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert '<a href="../docs/decisions" aria-current="page">' in reply.text


def test_explorer_loads_the_openapi_documents() -> None:
    script = send(GET_DOCS_ASSET, path={"asset": "explorer.js"}).text
    assert 'new URL("../openapi.json", SCRIPT)' in script
    assert "new URL(`openapi-v1.json${SCRIPT.search}`, SCRIPT)" in script
    assert "validatorUrl: null" in script, "else the document would be shown to somebody's server"


def test_search_index_links_to_pages() -> None:
    parts = json.loads(send(GET_DOCS_ASSET, path={"asset": "search.json"}).text)
    assert {"docs/errors/idempotency_key_reused", "docs/explorer", "docs"} <= {part["address"] for part in parts}
