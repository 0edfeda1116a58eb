"""What answers with a new secret of an endpoint."""

from paysandbox.http.dispatch import dispatch
from paysandbox.webhooks.routes import ISSUE_ENDPOINT_SECRETS, ROUTES

handler = dispatch(ISSUE_ENDPOINT_SECRETS, ROUTES)
