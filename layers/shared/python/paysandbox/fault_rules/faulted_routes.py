"""The operations into whose requests faults are injected."""

from typing import Final

from paysandbox.balance import routes as balance
from paysandbox.customers import routes as customers
from paysandbox.disbursements import routes as disbursements
from paysandbox.disputes import routes as disputes
from paysandbox.donations import routes as donations
from paysandbox.http.route import Route
from paysandbox.payments import routes as payments
from paysandbox.postings import routes as postings
from paysandbox.settlement import routes as settlement
from paysandbox.stripe_api import routes as stripe_api
from paysandbox.webhooks import routes as webhooks

_FEATURES: Final = (payments, postings, balance, customers, disbursements, disputes, donations, settlement, webhooks)

FAULTED: Final[dict[str, Route]] = {
    route.name: route
    for routes in (*(feature.ROUTES for feature in _FEATURES), stripe_api.ROUTES, stripe_api.NATIVE_ROUTES)
    for route in routes
    if route.takes_faults
}
"""By their names."""
