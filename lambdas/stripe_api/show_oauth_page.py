"""GET /oauth/authorize: the page on which an account is connected to a platform."""

from paysandbox.aws import runtime
from paysandbox.http.html import HTML
from paysandbox.http.native import Page, endpoint
from paysandbox.http.request import Call
from paysandbox.stripe_api.connect.oauth_page import OAUTH_PAGE_HEADERS, AuthorizeAccount, oauth_page
from paysandbox.stripe_api.routes import SHOW_OAUTH_PAGE


@endpoint(SHOW_OAUTH_PAGE)
def handler(call: Call[None, AuthorizeAccount]) -> Page:
    """Reads and stores nothing."""
    page = oauth_page(call.query, call.now, runtime.random_suffix(), prefix=call.request.prefix)
    return Page(text=page, content_type=HTML, headers=OAUTH_PAGE_HEADERS)
