"""Every route, for the stacks, the document and the tests. Handlers import their own group's file instead."""

from typing import Final

from paysandbox.routes import donations, payments, reference, request_log, settlements, webhooks
from paysandbox.routes.route import Access, Route

ROUTES: Final[tuple[Route, ...]] = (
    payments.ROUTES + webhooks.ROUTES + settlements.ROUTES + donations.ROUTES + request_log.ROUTES + reference.ROUTES
)

__all__ = ["ROUTES", "Access", "Route"]
