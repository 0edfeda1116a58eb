"""Show the page of a 3-D Secure challenge, and record the cardholder's answer."""

from paysandbox.http.dispatch import dispatch
from paysandbox.payments.routes import COMPLETE_CHALLENGES, ROUTES

handler = dispatch(COMPLETE_CHALLENGES, ROUTES)
