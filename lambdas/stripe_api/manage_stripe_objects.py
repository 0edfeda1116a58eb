"""Webhook endpoints, payment methods, a refund's cancellation: routes that neither move money nor read a secret."""

from paysandbox.http.dispatch import dispatch
from paysandbox.stripe_api.routes import MANAGE_STRIPE_OBJECTS, ROUTES

handler = dispatch(MANAGE_STRIPE_OBJECTS, ROUTES)
