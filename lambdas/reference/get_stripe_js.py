"""GET /v3 and GET /<train>/stripe.js: the stand-in for Stripe's browser library, for each train of its versions."""

from typing import Any

from paysandbox.http.middleware import Response
from paysandbox.http.native import Page, endpoint
from paysandbox.http.request import Call, Event
from paysandbox.reference.routes import GET_STRIPE_JS
from reference.stripe_js import train_script


def handler(event: Event, context: Any) -> Response:
    """A script that was made when the function was built."""
    return _HANDLERS[event["resource"]](event, context)


def _script_of(train: str) -> Any:
    def answer(call: Call[None, None]) -> Page:  # noqa: ARG001 - it is the same for everybody
        return train_script(train)

    return answer


_HANDLERS = {route.path: endpoint(route)(_script_of(train)) for train, route in GET_STRIPE_JS.items()}
