"""Any other URL: refuse it, and say whether Stripe has it."""

from typing import Any

from paysandbox.http.dispatch import route_method
from paysandbox.http.middleware import Response
from paysandbox.http.request import Event
from paysandbox.stripe_api.protocol import refuse_with
from paysandbox.stripe_api.routes import ANY_OTHER_URL
from paysandbox.stripe_api.unknown_urls import unknown_url

_BY_METHOD = {route.method: refuse_with(route, unknown_url) for route in ANY_OTHER_URL}


def handler(event: Event, context: Any) -> Response:
    """Refuse the request. Reads and writes nothing."""
    return _BY_METHOD[route_method(event)](event, context)
