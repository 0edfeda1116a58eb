"""GET /docs: the documentation's first page."""

from paysandbox.http.native import Page, endpoint
from paysandbox.http.request import Call
from paysandbox.reference.routes import GET_DOCS
from reference.built import page


@endpoint(GET_DOCS)
def handler(call: Call[None, None]) -> Page:
    """A page that was made when the function was built."""
    return page("index", slashed=call.request.slashed)
