"""GET /docs/errors/{code}: what a refusal means, and what to do about it."""

from paysandbox.core.errors import Code, Refused
from paysandbox.http.native import Page, endpoint
from paysandbox.http.request import Call
from paysandbox.reference.pages import HEADERS, error_page
from paysandbox.reference.routes import GET_ERROR_PAGE


@endpoint(GET_ERROR_PAGE)
def handler(call: Call[None, None]) -> Page:
    """The page that a problem's `doc_url` leads to."""
    asked = call.path.get("code", "")
    if asked not in set(Code):
        raise Refused(Code.RESOURCE_NOT_FOUND, "Unknown error code. /docs/errors lists all codes.")
    return Page(
        text=error_page(Code(asked), slashed=call.slashed), content_type=GET_ERROR_PAGE.media_types[0], headers=HEADERS
    )
