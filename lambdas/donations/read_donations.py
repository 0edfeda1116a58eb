"""Routes that read donations, except a donor's own."""

from paysandbox.donations.routes import READ_DONATIONS, ROUTES
from paysandbox.http.dispatch import dispatch

handler = dispatch(READ_DONATIONS, ROUTES)
