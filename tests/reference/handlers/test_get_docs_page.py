"""GET /docs/{asset}/{page}: a page of a section of the documentation."""

import pytest

from paysandbox.reference.routes import GET_DOCS_PAGE
from reference.get_docs_page import handler
from tests.support.clients.call import event, send, send_event


def test_page_marks_its_navigation_entry() -> None:
    reply = send(GET_DOCS_PAGE, path={"asset": "runbooks", "page": "outage"})
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert '<a href="../../docs/runbooks/outage" aria-current="page">' in reply.text


def test_trailing_slash_links_go_one_level_up() -> None:
    path = {"asset": "runbooks", "page": "outage"}
    reply = send_event(GET_DOCS_PAGE, event(GET_DOCS_PAGE, path=path) | {"path": "/docs/runbooks/outage/"})
    assert '<a href="../../../docs/runbooks/outage" aria-current="page">' in reply.text
    assert 'href="#content"' in reply.text, "a link within the page stays as it is"


def test_a_page_as_markdown() -> None:
    reply = send(GET_DOCS_PAGE, path={"asset": "runbooks", "page": "outage.md"})
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/markdown; charset=utf-8")
    assert reply.text.startswith("# ")


@pytest.mark.parametrize(
    "asset, page",
    [
        ("runbooks", "nothing"),
        ("nowhere", "outage"),
        ("..", "openapi"),
        ("runbooks", "../index"),
        ("runbooks", "outage.html"),
        ("runbooks", "nothing.md"),
        ("runbooks", "../index.md"),
        ("", "outage"),
        ("runbooks", ""),
        ("runbooks", "<script>alert(1)</script>"),
        ("runbooks", "outage\n"),
        ("runbooks", "a\0b"),
    ],
)
def test_other_paths_are_a_404(asset: str, page: str) -> None:
    sent = event(GET_DOCS_PAGE, headers={"Accept": "text/html"}, path={"asset": asset, "page": page})
    response = handler(sent, None)
    assert response["statusCode"] == 404
    assert "<script" not in response["body"]
