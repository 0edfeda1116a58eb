"""The page of a setup intent's 3-D Secure challenge, and its answer."""

from paysandbox.http.dispatch import dispatch
from paysandbox.stripe_api.routes import NATIVE_ROUTES, SERVE_SETUP_CHALLENGES

handler = dispatch(SERVE_SETUP_CHALLENGES, NATIVE_ROUTES)
