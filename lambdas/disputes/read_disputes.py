"""Routes that read disputes."""

from paysandbox.disputes.routes import READ_DISPUTES, ROUTES
from paysandbox.http.dispatch import dispatch

handler = dispatch(READ_DISPUTES, ROUTES)
