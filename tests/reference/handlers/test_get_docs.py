"""GET /docs: the documentation's first page, and all that it loads."""

import re

import pytest

from paysandbox.reference.routes import GET_DOCS, GET_DOCS_ASSET
from tests.support.clients.call import event, send, send_event


def links(text: str) -> list[str]:
    return [link for link in re.findall(r'(?:src|href)="([^"]+)"', text) if not link.startswith(("data:", "#"))]


@pytest.mark.full
@pytest.mark.parametrize("page, count", [("", 3), ("explorer", 6)])
def test_all_assets_are_served(page: str, count: int) -> None:
    reply = send(GET_DOCS_ASSET, path={"asset": page}) if page else send(GET_DOCS)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    loaded = re.findall(r'<(?:script|link)[^>]+(?:src|href)="([^"]+)"', reply.text)
    assets = [link.rpartition("docs/")[2].partition("?")[0] for link in loaded if not link.startswith("data:")]
    assert len(assets) == count
    for asset in assets:
        assert send(GET_DOCS_ASSET, path={"asset": asset}).status == 200, asset


def test_no_external_resources() -> None:
    reply = send(GET_DOCS)
    assert not [link for link in links(reply.text) if "//" in link]
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


def test_trailing_slash_links_go_one_level_up() -> None:
    reply = send_event(GET_DOCS, event(GET_DOCS) | {"path": "/docs/"})
    assert links(reply.text) == [f"../{link}" for link in links(send(GET_DOCS).text)]


def test_unchanged_pages_are_a_304() -> None:
    tag = send(GET_DOCS).headers["ETag"]
    reply = send(GET_DOCS, headers={"If-None-Match": tag})
    assert (reply.status, reply.text) == (304, "")
