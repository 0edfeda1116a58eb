"""Check the service's health, and show the page of a 3-D Secure challenge."""

from paysandbox.http.dispatch import dispatch
from paysandbox.payments.routes import ROUTES, SERVE_PUBLIC

handler = dispatch(SERVE_PUBLIC, ROUTES)
