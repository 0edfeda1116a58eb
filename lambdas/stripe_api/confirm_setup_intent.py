"""Confirming a setup intent, and removing a customer's saved card: what pages change with a secret."""

from paysandbox.http.dispatch import dispatch
from paysandbox.stripe_api.routes import CHANGE_BY_PAGES, ROUTES

handler = dispatch(CHANGE_BY_PAGES, ROUTES)
