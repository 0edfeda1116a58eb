"""Routes that read the merchant's balance."""

from paysandbox.balance.routes import READ_BALANCE, ROUTES
from paysandbox.http.dispatch import dispatch

handler = dispatch(READ_BALANCE, ROUTES)
