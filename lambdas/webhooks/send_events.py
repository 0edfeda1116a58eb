"""What sends events when a merchant asks for it."""

from paysandbox.http.dispatch import dispatch
from paysandbox.webhooks.routes import ROUTES, SEND_EVENTS

handler = dispatch(SEND_EVENTS, ROUTES)
