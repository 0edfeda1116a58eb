"""Every route that moves money between a platform and its accounts: transfers, and their reversals."""

from paysandbox.http.dispatch import dispatch
from paysandbox.stripe_api.routes import ROUTES, TRANSFER_STRIPE_FUNDS

handler = dispatch(TRANSFER_STRIPE_FUNDS, ROUTES)
