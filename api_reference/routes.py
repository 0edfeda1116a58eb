"""Every route, for the stacks, the document and the tests. Handlers import their own group's file instead."""

from typing import Final

from paysandbox.disputes import routes as disputes
from paysandbox.donations import routes as donations
from paysandbox.http.route import Access, Route
from paysandbox.payments import routes as payments
from paysandbox.reference import routes as reference
from paysandbox.request_log import routes as request_log
from paysandbox.settlement import routes as settlements
from paysandbox.simulate import routes as simulate
from paysandbox.webhooks import routes as webhooks

ROUTES: Final[tuple[Route, ...]] = (
    payments.ROUTES
    + disputes.ROUTES
    + simulate.ROUTES
    + webhooks.ROUTES
    + settlements.ROUTES
    + donations.ROUTES
    + request_log.ROUTES
    + reference.ROUTES
)

__all__ = ["ROUTES", "Access", "Route"]
