"""Routes that read settlements."""

from paysandbox.http.dispatch import dispatch
from paysandbox.settlement.routes import READ_SETTLEMENTS, ROUTES

handler = dispatch(READ_SETTLEMENTS, ROUTES)
