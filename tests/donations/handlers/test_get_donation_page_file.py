"""GET /donate/{file}: the script and the style sheet of the page for donors."""

import pytest

from paysandbox.donations.routes import GET_DONATION_PAGE_FILE
from tests.support.clients.call import send


@pytest.mark.parametrize(
    "file, content_type",
    [("donate.js", "text/javascript; charset=utf-8"), ("donate.css", "text/css; charset=utf-8")],
)
def test_the_files_of_the_page(file: str, content_type: str) -> None:
    reply = send(GET_DONATION_PAGE_FILE, path={"file": file})
    assert (reply.status, reply.headers["Content-Type"]) == (200, content_type)
    assert reply.headers["Cache-Control"] == "public, max-age=60"
    assert reply.text


@pytest.mark.parametrize("file", ["licenses.txt", "index.html", "../read_donations.py", "..%2fread_donations.py", ""])
def test_other_paths_are_a_404(file: str) -> None:
    reply = send(GET_DONATION_PAGE_FILE, path={"file": file})
    assert (reply.status, reply.code) == (404, "resource_not_found")
