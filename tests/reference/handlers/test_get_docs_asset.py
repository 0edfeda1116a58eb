"""GET /docs/{asset}: a script or style sheet of the pages."""

import importlib

import pytest

from paysandbox.reference.routes import GET_DOCS_ASSET
from tests.support.call import send

ASSETS = importlib.import_module("reference.get_docs_asset").ASSETS


@pytest.mark.parametrize("asset", ASSETS)
def test_each_is_told_as_what_it_is(asset: str) -> None:
    reply = send(GET_DOCS_ASSET, path={"asset": asset})
    assert reply.status == 200
    kind = {"js": "text/javascript", "css": "text/css"}.get(asset.rpartition(".")[2], "text/plain")
    assert reply.headers["Content-Type"] == f"{kind}; charset=utf-8"
    assert reply.headers["Cache-Control"] == "public, max-age=3600"
    assert reply.text


@pytest.mark.parametrize(
    "asset",
    ["nowhere.js", "docs.html", "openapi.json", "../get_docs.py", "..%2f__init__.py", ".built", "", "/etc/passwd"],
)
def test_nothing_else_can_be_had(asset: str) -> None:
    reply = send(GET_DOCS_ASSET, path={"asset": asset})
    assert (reply.status, reply.code) == (404, "resource_not_found")
