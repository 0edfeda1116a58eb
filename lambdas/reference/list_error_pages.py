"""GET /docs/errors: a page of all refusals."""

from paysandbox.pages import HEADERS, error_list
from paysandbox.routes.reference import LIST_ERROR_PAGES
from paysandbox.runtime.http import Page, endpoint
from paysandbox.runtime.request import Call


@endpoint(LIST_ERROR_PAGES)
def handler(call: Call) -> Page:
    """The table of codes."""
    return Page(error_list(slashed=call.slashed), LIST_ERROR_PAGES.media_types[0], headers=HEADERS)
