"""Any other URL of the Stripe-compatible API, through the function that API Gateway sends it to."""

import json

import pytest

from paysandbox.stripe_api.routes import ANY_OTHER_URL
from stripe_api import manage_stripe_objects
from tests.support.clients.call import Context
from tests.support.clients.stripe_call import stripe_event

REQUEST_ID = "0b5ab2c4-1b1e-4c2a-9f5c-0d9f6d0f2d11"


@pytest.mark.parametrize(
    "method, path, says",
    [
        ("GET", "/v1/coupons", "Unrecognized request URL (GET: /v1/coupons). Stripe has it, and this sandbox does"),
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
