"""A setup intent, and where a Checkout session's page is: what pages read with a client secret."""

from paysandbox.http.dispatch import dispatch
from paysandbox.stripe_api.routes import READ_BY_PAGES, ROUTES

handler = dispatch(READ_BY_PAGES, ROUTES)
