"""A request, and the list of them."""

from paysandbox.http.dispatch import dispatch
from paysandbox.request_log.routes import READ_REQUESTS, ROUTES

handler = dispatch(READ_REQUESTS, ROUTES)
