"""The pages of Checkout sessions, and what their payers send."""

from paysandbox.http.dispatch import dispatch
from paysandbox.stripe_api.routes import NATIVE_ROUTES, SERVE_CHECKOUT

handler = dispatch(SERVE_CHECKOUT, NATIVE_ROUTES)
