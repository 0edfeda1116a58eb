"""The routes of the native API in one environment: all, but those of features that it leaves out."""

from api_reference.routes import ROUTES
from paysandbox.customers import routes as customers
from paysandbox.disbursements import routes as disbursements
from paysandbox.donations import routes as donations
from paysandbox.funds import routes as funds
from paysandbox.http.route import Route
from stacks.environments import Environment


def native_routes(environment: Environment) -> tuple[Route, ...]:
    """Return the routes, in the order of the document."""
    left_out: set[Route] = set()
    if not environment.donations:
        left_out.update(donations.ROUTES)
    if not environment.disbursements:
        left_out.update((*customers.ROUTES, *funds.ROUTES, *disbursements.ROUTES))
    return tuple(route for route in ROUTES if route not in left_out)
