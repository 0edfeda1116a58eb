"""Every route that changes payment methods: what reads the payments that save a card."""

from paysandbox.http.dispatch import dispatch
from paysandbox.stripe_api.routes import CHANGE_PAYMENT_METHODS, ROUTES

handler = dispatch(CHANGE_PAYMENT_METHODS, ROUTES)
