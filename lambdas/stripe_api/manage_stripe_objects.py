"""Webhook endpoints, events, payment methods: whatever neither moves money nor reads a secret."""

from paysandbox.http.dispatch import dispatch
from paysandbox.stripe_api.routes import MANAGE_STRIPE_OBJECTS, ROUTES

handler = dispatch(MANAGE_STRIPE_OBJECTS, ROUTES)
