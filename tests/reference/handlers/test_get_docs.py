"""GET /docs: a page to read about this API and to try it."""

import re

from paysandbox.reference.routes import GET_DOCS, GET_DOCS_ASSET
from tests.support.call import event, send, send_event


def test_everything_it_loads_is_served_beside_it() -> None:
    reply = send(GET_DOCS)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    loaded = re.findall(r'<(?:script|link)[^>]+(?:src|href)="([^"]+)"', reply.text)
    assets = [link.removeprefix("docs/") for link in loaded if link != "data:,"]
    assert len(assets) == 4
    for asset in assets:
        assert send(GET_DOCS_ASSET, path={"asset": asset}).status == 200, asset


def test_nothing_is_loaded_from_elsewhere() -> None:
    reply = send(GET_DOCS)
    assert "//" not in reply.text.replace("<!doctype html>", "")
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


def test_a_slash_behind_it_leads_one_level_up() -> None:
    reply = send_event(GET_DOCS, event(GET_DOCS) | {"path": "/docs/"})
    links = [link for link in re.findall(r'(?:src|href)="([^"]+)"', reply.text) if link != "data:,"]
    plain = [link for link in re.findall(r'(?:src|href)="([^"]+)"', send(GET_DOCS).text) if link != "data:,"]
    assert links == [f"../{link}" for link in plain]


def test_it_shows_the_document_beside_it() -> None:
    script = send(GET_DOCS_ASSET, path={"asset": "docs.js"}).text
    assert 'new URL("../openapi.json", document.currentScript.src)' in script
    assert "validatorUrl: null" in script, "else the document would be shown to somebody's server"
