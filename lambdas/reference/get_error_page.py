"""GET /docs/errors/{code}: what an error code means, and how to fix it."""

from paysandbox.core.errors import Code, Refused
from paysandbox.http.native import Page, endpoint
from paysandbox.http.request import Call
from paysandbox.reference.routes import GET_ERROR_PAGE
from reference.built import page


@endpoint(GET_ERROR_PAGE)
def handler(call: Call[None, None]) -> Page:
    """The page that a problem's `doc_url` leads to."""
    code = call.path.get("code", "")
    if code not in set(Code):
        raise Refused(Code.RESOURCE_NOT_FOUND, "Unknown error code. /docs/errors lists all codes.")
    return page(f"errors/{code}", slashed=call.request.slashed)
