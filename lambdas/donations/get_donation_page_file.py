"""GET /donate/{file}: the script and the style sheet of the page for donors."""

from donations.page_files import page_file
from paysandbox.donations.routes import GET_DONATION_PAGE_FILE
from paysandbox.http.native import Page, endpoint
from paysandbox.http.request import Call


@endpoint(GET_DONATION_PAGE_FILE)
def handler(call: Call[None, None]) -> Page:
    """A file of the function's own."""
    return page_file(call.path.get("file", ""))
