"""Every document and page there is to read."""

from paysandbox.http.dispatch import dispatch
from paysandbox.reference.routes import ROUTES, SERVE_REFERENCE

handler = dispatch(SERVE_REFERENCE, ROUTES)
