"""Changes to intents, charges and refunds with a secret key."""

from paysandbox.http.dispatch import dispatch
from paysandbox.stripe_api.routes import CHANGE_STRIPE_PAYMENTS, RESOURCE_ROUTES, ROUTES

handler = dispatch(CHANGE_STRIPE_PAYMENTS, (*ROUTES, *(each.route for each in RESOURCE_ROUTES)))
