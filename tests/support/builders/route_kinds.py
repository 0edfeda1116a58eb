"""Routes that stand for all others in a test of what every route does: one for each way through that code.

What the routes share is in `paysandbox.http` and, for Stripe's, in `paysandbox.stripe_api.protocol`: it depends on the
facts of a row of the route table that `_way` lists.
"""

from collections.abc import Hashable, Sequence
from typing import Final

from api_reference.routes import ROUTES
from paysandbox.http.route import Route
from paysandbox.stripe_api import routes as v1
from tests.support.tools.tiers import first_of_each


def _way(route: Route) -> Hashable:
    return (
        route.access,
        route.body_format if route.body else None,
        route.query is None,
        route.idempotency,
        route.accepts_headers,
        route.same_origin,
        route.takes_faults,
        route.method == "GET",
        route.media_types,
        route.status,
    )


def one_of_each_kind(routes: Sequence[Route]) -> list[Route]:
    """Return the first route of each group, of each handler that routes share, and of each kind."""
    chosen = [
        first_of_each(routes, by=lambda route: route.group),
        first_of_each(routes, by=lambda route: route.handler_name),
        first_of_each(routes, by=_way),
    ]
    return [route for route in routes if any(is_first(route) for is_first in chosen)]


ONE_OF_EACH_KIND: Final = one_of_each_kind(ROUTES)
"""Of the native API."""

ONE_OF_EACH_V1_KIND: Final = one_of_each_kind(v1.ROUTES)
"""Of the Stripe-compatible API."""
