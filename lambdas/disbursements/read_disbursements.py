"""Routes that read disbursements."""

from paysandbox.disbursements.routes import READ_DISBURSEMENTS, ROUTES
from paysandbox.http.dispatch import dispatch

handler = dispatch(READ_DISBURSEMENTS, ROUTES)
