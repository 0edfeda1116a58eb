"""Routes that send events at a merchant's request."""

from paysandbox.http.dispatch import dispatch
from paysandbox.webhooks.routes import ROUTES, SEND_EVENTS

handler = dispatch(SEND_EVENTS, ROUTES)
