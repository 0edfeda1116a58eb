"""GET /oauth/authorize: the page on which an account is connected to a platform."""

from paysandbox.aws import runtime
from paysandbox.http.html import HTML
from paysandbox.http.native import Page, endpoint
from paysandbox.http.request import Call, parameters_of
from paysandbox.stripe_api.connect.oauth_page import OAUTH_PAGE_HEADERS, oauth_page, read_authorization
from paysandbox.stripe_api.routes import SHOW_OAUTH_PAGE


@endpoint(SHOW_OAUTH_PAGE)
def handler(call: Call[None, None]) -> Page:
    """Reads and stores nothing."""
    authorization = read_authorization(parameters_of(call.request.event))
    page = oauth_page(authorization, call.now, runtime.random_suffix(), prefix=call.request.prefix)
    return Page(text=page, content_type=HTML, headers=OAUTH_PAGE_HEADERS)
