"""GET /donate/{file}: the script and the style sheet of the page for donors."""

import re

import pytest

from paysandbox.donations.routes import GET_DONATION_PAGE_FILE, SHOW_DONATION_PAGE
from tests.support.clients.call import Reply, send


def file(name: str, headers: dict[str, str] | None = None) -> Reply:
    return send(GET_DONATION_PAGE_FILE, path={"file": name}, headers=headers)


@pytest.mark.parametrize(
    "kind, content_type", [("js", "text/javascript; charset=utf-8"), ("css", "text/css; charset=utf-8")]
)
def test_a_browser_keeps_what_the_page_loads(kind: str, content_type: str) -> None:
    (name,) = re.findall(rf'"/donate/([^"]+\.{kind})"', send(SHOW_DONATION_PAGE).text)
    reply = file(name)
    assert (reply.status, reply.headers["Content-Type"]) == (200, content_type)
    assert reply.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert reply.text
    known = file(name, {"If-None-Match": reply.headers["ETag"]})
    assert (known.status, known.text, known.headers["ETag"]) == (304, "", reply.headers["ETag"])


@pytest.mark.parametrize("name", ["licenses.txt", "index.html", "../read_donations.py", "..%2fread_donations.py", ""])
def test_other_paths_are_a_404(name: str) -> None:
    reply = file(name)
    assert (reply.status, reply.code) == (404, "resource_not_found")
