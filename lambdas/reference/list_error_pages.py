"""GET /docs/errors: all error codes on one page."""

from paysandbox.http.native import Page, endpoint
from paysandbox.http.request import Call
from paysandbox.reference.routes import LIST_ERROR_PAGES
from reference.built import page


@endpoint(LIST_ERROR_PAGES)
def handler(call: Call[None, None]) -> Page:
    """The table of codes."""
    return page("errors", slashed=call.request.slashed)
