"""Get a payment, and list payments."""

from paysandbox.http.dispatch import dispatch
from paysandbox.payments.routes import READ_PAYMENTS, ROUTES

handler = dispatch(READ_PAYMENTS, ROUTES)
