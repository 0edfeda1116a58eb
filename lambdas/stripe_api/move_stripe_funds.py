"""Every route that pays funds out: payouts, and their cancellation."""

from paysandbox.http.dispatch import dispatch
from paysandbox.stripe_api.routes import MOVE_STRIPE_FUNDS, ROUTES

handler = dispatch(MOVE_STRIPE_FUNDS, ROUTES)
