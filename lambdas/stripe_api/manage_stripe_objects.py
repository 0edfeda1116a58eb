"""Webhook endpoints, events, payment methods, a refund's cancellation and any other URL: what neither moves money nor
reads a secret."""

from paysandbox.http.dispatch import dispatch
from paysandbox.stripe_api.routes import MANAGE_STRIPE_OBJECTS, ROUTES

handler = dispatch(MANAGE_STRIPE_OBJECTS, ROUTES, otherwise="stripe_api.any_other_url")
