"""Routes of customers."""

from paysandbox.customers.routes import MANAGE_CUSTOMERS, ROUTES
from paysandbox.http.dispatch import dispatch

handler = dispatch(MANAGE_CUSTOMERS, ROUTES)
