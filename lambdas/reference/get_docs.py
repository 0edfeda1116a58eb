"""GET /docs: a page to read about this API and to try it."""

from pathlib import Path

from paysandbox.http.native import Page, endpoint
from paysandbox.http.request import Call
from paysandbox.reference.pages import HEADERS
from paysandbox.reference.routes import GET_DOCS


@endpoint(GET_DOCS)
def handler(call: Call[None, None]) -> Page:
    """A page with relative links, whose scripts come from the same host."""
    text = (Path(__file__).parent / "pages" / "docs.html").read_text(encoding="utf-8")
    return Page(
        text=text.format(up="../" if call.slashed else ""), content_type=GET_DOCS.media_types[0], headers=HEADERS
    )
