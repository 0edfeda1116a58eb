"""Every route, for the stacks, the document and the tests. Handlers import their own group's file instead."""

from typing import Final

from paysandbox.balance import routes as balance
from paysandbox.clock import routes as clock
from paysandbox.customers import routes as customers
from paysandbox.disbursements import routes as disbursements
from paysandbox.disputes import routes as disputes
from paysandbox.donations import routes as donations
from paysandbox.fault_rules import routes as fault_rules
from paysandbox.feed import routes as feed
from paysandbox.funds import routes as funds
from paysandbox.http.route import Access, Route
from paysandbox.inbox import routes as inbox
from paysandbox.metrics import routes as metrics
from paysandbox.payments import routes as payments
from paysandbox.postings import routes as postings
from paysandbox.reference import routes as reference
from paysandbox.request_log import routes as request_log
from paysandbox.search import routes as search
from paysandbox.settlement import routes as settlements
from paysandbox.simulate import routes as simulate
from paysandbox.stripe_api import routes as stripe_api
from paysandbox.webhooks import routes as webhooks

ROUTES: Final[tuple[Route, ...]] = (
    payments.ROUTES
    + postings.ROUTES
    + disputes.ROUTES
    + simulate.ROUTES
    + clock.ROUTES
    + fault_rules.ROUTES
    + webhooks.ROUTES
    + inbox.ROUTES
    + balance.ROUTES
    + settlements.ROUTES
    + donations.ROUTES
    + customers.ROUTES
    + funds.ROUTES
    + disbursements.ROUTES
    + request_log.ROUTES
    + feed.ROUTES
    + metrics.ROUTES
    + search.ROUTES
    + reference.ROUTES
    + stripe_api.NATIVE_ROUTES
)

__all__ = ["ROUTES", "Access", "Route"]
