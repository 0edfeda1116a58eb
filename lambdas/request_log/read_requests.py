"""Retrieve and list requests."""

from paysandbox.http.dispatch import dispatch
from paysandbox.request_log.routes import READ_REQUESTS, ROUTES

handler = dispatch(READ_REQUESTS, ROUTES)
