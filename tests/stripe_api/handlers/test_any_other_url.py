"""Any other URL of the Stripe-compatible API, through the function that API Gateway sends it to."""

import json
from typing import Any

import pytest

from paysandbox.stripe_api.catalog.operations import operations
from paysandbox.stripe_api.lists.not_simulated import EMPTY_LISTS
from paysandbox.stripe_api.routes import ANY_OTHER_URL, ROUTES
from stripe_api import manage_stripe_objects
from tests.support.clients.call import Context
from tests.support.clients.stripe_call import StripeReply, stripe_event

REQUEST_ID = "0b5ab2c4-1b1e-4c2a-9f5c-0d9f6d0f2d11"


@pytest.mark.parametrize(
    "method, path, says",
    [
        ("GET", "/v1/entitlements/active_entitlements", "Unrecognized request URL (GET: /v1/entitlements"),
        (
            "POST",
            "/v1/plans",
            "Unrecognized request URL (POST: /v1/plans). Stripe has it, and this sandbox does",
        ),
        (
            "GET",
            "/v1/plans/plan_1",
            "Unrecognized request URL (GET: /v1/plans/plan_1). Stripe has it, and this sandbox",
        ),
        (
            "GET",
            "/v1/plans/",
            "Unrecognized request URL (GET: /v1/plans/). If you are trying to list objects, remove",
        ),
        ("POST", "/nobody", "Unrecognized request URL (POST: /v1/nobody). Please see /docs/reference/stripe-coverage"),
        ("DELETE", "/payment_intents/pi_1", "Unrecognized request URL (DELETE: /v1/payment_intents/pi_1). Please see"),
    ],
)
def test_an_unknown_url(method: str, path: str, says: str) -> None:
    (route,) = [route for route in ANY_OTHER_URL if route.method == method]
    event = stripe_event(route, path={"proxy+": path}, request_id=REQUEST_ID) | {"path": path}
    response = manage_stripe_objects.handler(event, Context())
    assert response["statusCode"] == 404
    assert response["headers"]["Request-Id"] == "req_" + REQUEST_ID.replace("-", "")
    assert json.loads(response["body"])["error"]["message"].startswith(says)


def test_an_unknown_url_requires_a_key() -> None:
    event = stripe_event(ANY_OTHER_URL[0], path={"proxy+": "foo"}, merchant=None)
    assert manage_stripe_objects.handler(event, Context())["statusCode"] == 401


# --- lists of what is not simulated -----------------------------------------------------------------------------------


def listed(path: str, **params: Any) -> StripeReply:
    (route,) = [route for route in ANY_OTHER_URL if route.method == "GET"]
    event = stripe_event(route, params, path={"proxy+": path}) | {"path": path}
    answer = manage_stripe_objects.handler(event, Context())
    return StripeReply(answer["statusCode"], answer["headers"], answer["body"])


def test_lists_of_what_is_not_simulated_are_empty(subtests: pytest.Subtests) -> None:
    for path in EMPTY_LISTS:
        with subtests.test(path):
            answer = listed(path, limit=100, expand=["data.customer"])
            assert answer.json == {"object": "list", "data": [], "has_more": False, "url": path}
            assert answer.headers["Sandbox-Not-Simulated"] == "true"


def test_no_such_list_exists_or_decides_on_access() -> None:
    assert {f"GET {path}" for path in EMPTY_LISTS} <= {*operations()}
    assert not {f"/v1{route.path}" for route in ROUTES} & EMPTY_LISTS.keys()
    refused = "subscription", "invoice", "active_entitlements", "checkout"
    assert not [path for path in EMPTY_LISTS for name in refused if name in path]


@pytest.mark.parametrize(
    "path, params, status, param",
    [
        ("/v1/plans", {"created": {"gte": 1}}, 200, None),
        ("/v1/plans", {"created": 1}, 200, None),
        ("/v1/tax_ids", {"owner": {"type": "self"}}, 200, None),
        ("/v1/credit_notes", {"invoice": "in_1"}, 200, None),
        ("/v1/tax_ids", {"created": {"gte": 1}}, 400, "created"),
        ("/v1/reviews", {"active": True}, 400, "active"),
        ("/v1/tax_ids", {"owner": {"kind": "self"}}, 400, "owner[kind]"),
        ("/v1/plans", {"created": {"after": 1}}, 400, "created[after]"),
        ("/v1/plans", {"limit": 101}, 400, "limit"),
        ("/v1/plans", {"starting_after": "plan_1"}, 400, "starting_after"),
        ("/v1/plans", {"expand": ["applies_to"]}, 400, "expand"),
    ],
    ids=str,
)
def test_an_empty_list_takes_stripes_parameters(
    path: str, params: dict[str, Any], status: int, param: str | None
) -> None:
    answer = listed(path, **params)
    assert (answer.status, answer.error.get("param")) == (status, param)
