"""Webhooks: endpoints, events and deliveries."""

from typing import Final

from paysandbox.routes.route import Route

ROUTES: Final[tuple[Route, ...]] = ()
