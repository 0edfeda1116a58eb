"""Lists, charges, refunds and events: routes that return client secrets to a secret key."""

from paysandbox.http.dispatch import dispatch
from paysandbox.stripe_api.routes import READ_STRIPE_PAYMENTS, ROUTES

handler = dispatch(READ_STRIPE_PAYMENTS, ROUTES)
