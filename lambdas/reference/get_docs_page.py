"""GET /docs/{asset}/{page}: a page of a section of the documentation."""

from paysandbox.http.native import Page, endpoint
from paysandbox.http.request import Call
from paysandbox.reference.routes import GET_DOCS_PAGE
from reference.built import page


@endpoint(GET_DOCS_PAGE)
def handler(call: Call[None, None]) -> Page:
    """A page that was made when the function was built."""
    return page(f"{call.path.get('asset', '')}/{call.path.get('page', '')}", slashed=call.request.slashed)
