"""Lists, charges, refunds and events: routes that return client secrets to a secret key."""

from paysandbox.http.dispatch import dispatch
from paysandbox.stripe_api.routes import READ_STRIPE_PAYMENTS, RESOURCE_ROUTES, ROUTES

handler = dispatch(READ_STRIPE_PAYMENTS, (*ROUTES, *(each.route for each in RESOURCE_ROUTES)))
