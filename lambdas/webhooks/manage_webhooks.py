"""Routes of endpoints, events and deliveries that neither create a secret nor send an event."""

from paysandbox.http.dispatch import dispatch
from paysandbox.webhooks.routes import MANAGE_WEBHOOKS, ROUTES

handler = dispatch(MANAGE_WEBHOOKS, ROUTES)
