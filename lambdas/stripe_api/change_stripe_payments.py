"""What a secret key changes of intents and refunds."""

from paysandbox.http.dispatch import dispatch
from paysandbox.stripe_api.routes import CHANGE_STRIPE_PAYMENTS, ROUTES

handler = dispatch(CHANGE_STRIPE_PAYMENTS, ROUTES)
