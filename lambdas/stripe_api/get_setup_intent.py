"""A setup intent, where a Checkout session's page is, and a customer's saved cards: what pages read with a secret."""

from paysandbox.http.dispatch import dispatch
from paysandbox.stripe_api.routes import READ_BY_PAGES, ROUTES

handler = dispatch(READ_BY_PAGES, ROUTES)
