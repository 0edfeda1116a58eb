"""Routes whose response contains a new endpoint secret."""

from paysandbox.http.dispatch import dispatch
from paysandbox.webhooks.routes import ISSUE_ENDPOINT_SECRETS, ROUTES

handler = dispatch(ISSUE_ENDPOINT_SECRETS, ROUTES)
