"""GET /docs/errors: a page of all refusals."""

from paysandbox.http.native import Page, endpoint
from paysandbox.http.request import Call
from paysandbox.reference.pages import HEADERS, error_list
from paysandbox.reference.routes import LIST_ERROR_PAGES


@endpoint(LIST_ERROR_PAGES)
def handler(call: Call[None, None]) -> Page:
    """The table of codes."""
    return Page(text=error_list(slashed=call.slashed), content_type=LIST_ERROR_PAGES.media_types[0], headers=HEADERS)
