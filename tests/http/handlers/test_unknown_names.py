"""A path with a name that is longer than every ID is answered as one with an unknown ID, on every route."""

import json
import re
from typing import Any

import pytest

from api_reference.routes import ROUTES
from paysandbox.aws import runtime
from paysandbox.disbursements.routes import LIST_DISBURSEMENTS
from paysandbox.http.dispatch import load_handler
from paysandbox.http.route import FORM, Api, BodyFormat, Route
from paysandbox.reference.routes import GET_DOCS_ASSET
from paysandbox.stripe_api import routes as v1
from tests.support.clients.call import Reply, event, send_event
from tests.support.clients.stripe_call import stripe_send
from tests.support.tools.tiers import full_but

PARAMETER = re.compile(r"\{(\w+)\}")
WITH_NAME = [route for route in (*ROUTES, *v1.ROUTES) if PARAMETER.search(route.path)]

ANSWERED = {
    LIST_DISBURSEMENTS: (200,),  # no customer is looked up: the list is empty
    **{route: (400, 403) for route in v1.ROUTES if route.path.startswith("/accounts/{id}")},
}
"""What these routes answer for an unknown ID, all others a 404, or a 400 for the body that they do not get here."""

LONG = "a" * 2_049
MAX_KEY_BYTES = 1_024
"""Of a sort key in DynamoDB, the shorter one. moto takes longer ones."""


def asked(route: Route, name: str) -> Reply:
    """Return the response to a request whose path has `name` for every parameter."""
    path, key = dict.fromkeys(PARAMETER.findall(route.path), name), f"key-of-{len(name)}"
    if route.api is Api.V1:
        handler = load_handler(route)
        return stripe_send(handler, route, path=path, key=key)
    body: dict[str, Any] = (
        {"body": "", "content_type": FORM}
        if route.body_format is BodyFormat.FORM
        else {"body": {} if route.body else None}
    )
    return send_event(route, event(route, path=path, key=key, **body))


def error_of(reply: Reply) -> Any:
    """Return the status, and what a program reads of an error."""
    error = reply.json.get("error", reply.json)
    return reply.status, error.get("code"), error.get("param")


@pytest.fixture
def keys() -> list[str]:
    """Return the values in the keys of all later requests to DynamoDB."""
    sent: list[str] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        request = json.loads(params["body"])
        entries = (*request.get("Key", {}).values(), *request.get("ExpressionAttributeValues", {}).values())
        sent.extend(entry["S"] for entry in entries if "S" in entry)

    runtime.dynamodb().meta.events.register("before-call.dynamodb", note)
    return sent


@pytest.mark.parametrize(
    "route",
    full_but(WITH_NAME, keep=lambda route: route in (GET_DOCS_ASSET, v1.GET_PAYMENT_METHOD)),
    ids=lambda route: route.name,
)
def test_a_long_name_is_answered_as_an_unknown_one(route: Route, keys: list[str]) -> None:
    reply = asked(route, LONG)
    assert error_of(reply) == error_of(asked(route, "a"))
    assert reply.status in ANSWERED.get(route, (400, 404))
    assert max((len(key.encode()) for key in keys), default=0) <= MAX_KEY_BYTES
