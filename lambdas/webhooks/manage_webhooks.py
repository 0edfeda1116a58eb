"""Endpoints, events and deliveries: whatever neither makes a secret nor sends."""

from paysandbox.http.dispatch import dispatch
from paysandbox.webhooks.routes import MANAGE_WEBHOOKS, ROUTES

handler = dispatch(MANAGE_WEBHOOKS, ROUTES)
