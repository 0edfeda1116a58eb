"""Routes by which a merchant answers a dispute."""

from paysandbox.disputes.routes import RESPOND_TO_DISPUTES, ROUTES
from paysandbox.http.dispatch import dispatch

handler = dispatch(RESPOND_TO_DISPUTES, ROUTES)
