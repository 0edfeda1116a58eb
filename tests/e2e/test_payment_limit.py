"""A sandbox with as many payments as it may have: new ones are refused on both APIs, and the others still work."""

import os
from collections.abc import Iterator

import pytest

from cli.engine_process.limits import PAYMENTS_SETTING
from tests.e2e.conftest import Sandbox
from tests.support.api import Api

pytestmark = pytest.mark.full

INTENT = {"amount": "1250", "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true"}


@pytest.fixture
def first(sandbox: Sandbox, api: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return the ID of a payment from before the limit, which is then reached until the end of the test."""
    auth_id = api.authorize(10_00, key="before the limit").raise_for_status().json()["auth_id"]
    sandbox.run("down")
    with monkeypatch.context() as patched:
        patched.setitem(os.environ, PAYMENTS_SETTING, "1")
        sandbox.up()
    yield auth_id
    sandbox.run("down")
    sandbox.up()


def test_more_payments_are_refused_and_the_others_still_work(api: Api, first: str) -> None:
    refused = api.authorize(10_00)
    assert (refused.status_code, refused.json()["code"]) == (409, "payment_limit_reached")
    for named in ("paysandbox up --fresh", PAYMENTS_SETTING):
        assert named in refused.json()["detail"]

    as_stripe = api.http.post("/v1/payment_intents", data=INTENT, headers={"Authorization": f"Bearer {api.api_key}"})
    assert (as_stripe.status_code, as_stripe.json()["error"]["type"]) == (400, "invalid_request_error")
    assert as_stripe.json()["error"]["message"] == refused.json()["detail"]

    replayed = api.authorize(10_00, key="before the limit")
    assert (replayed.json()["auth_id"], replayed.headers["Idempotent-Replayed"]) == (first, "true")
    api.capture(first, amount=4_00).raise_for_status()
    api.refund(first, amount=1_00).raise_for_status()
    assert api.void(first).json()["status"]
    assert api.payment(first)["refunded"] == 1_00
