"""Challenges, pending payments and refunds that take time, through Stripe's official Python SDK.

The SDK for Node makes the same challenge (stripe_node.mjs). Answers and events are checked against the SDK's classes.
"""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import stripe

from tests.support.clients.api import Api
from tests.support.clients.stripe_sdk import wrong_with
from tests.support.clients.stripe_sdk_calls import UNEXPECTED, Sdk, is_about, opened, paid, refused
from tests.support.fakes.receiver import receiver
from tests.support.tools.waiting import until

REQUIRED = "pm_card_authenticationRequired"
SHOP = "https://shop.example/paid"


def answer(intent: Any, result: str) -> httpx.Response:
    """Send what `curl -X POST "$url" -d result=…` sends."""
    return httpx.post(intent.next_action.redirect_to_url.url, data={"result": result})


def simulate(api: Api, object_id: str, action: str, **arguments: Any) -> httpx.Response:
    return api.post(f"/sandbox/simulate/{object_id}/{action}", arguments)


def test_webhooks_of_a_challenge(sdk: Sdk) -> None:
    with receiver() as shop:
        made = sdk.v1.webhook_endpoints.create({"url": shop.url, "enabled_events": ["*"]})
        bought = {"payment_method": REQUIRED, "confirm": True, "return_url": SHOP}
        intent = opened(sdk, options={"idempotency_key": "challenged"}, **bought)
        assert (intent.status, intent.latest_charge) == ("requires_action", None)
        back = urlsplit(answer(intent, "succeeded").headers["location"])
        assert parse_qs(back.query) == {
            "payment_intent": [intent.id],
            "payment_intent_client_secret": [intent.client_secret],
            "redirect_status": ["succeeded"],
        }
        done = sdk.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
        assert (done.status, done.amount_received) == ("succeeded", 10_00)
        assert done.latest_charge.payment_method_details.card.three_d_secure.authentication_flow == "challenge"

        failing = opened(sdk, **bought)
        assert answer(failing, "failed").is_redirect
        wanted = {
            (intent.id, "payment_intent.requires_action"),
            (intent.id, "charge.succeeded"),
            (intent.id, "payment_intent.succeeded"),
            (failing.id, "payment_intent.requires_action"),
            (failing.id, "payment_intent.payment_failed"),
        }
        events = until(lambda: heard(shop.received, made.secret, wanted), "the events")
        sdk.v1.webhook_endpoints.delete(made.id)

    waiting = events[intent.id, "payment_intent.requires_action"].data.object
    assert waiting.next_action.redirect_to_url.url == intent.next_action.redirect_to_url.url
    failed = events[failing.id, "payment_intent.payment_failed"].data.object
    assert failed.last_payment_error.code == "payment_intent_authentication_failure"
    assert (failed.status, failed.latest_charge) == ("requires_payment_method", None)
    # Whoever repeats the request gets the first answer, whatever has happened since.
    again = opened(sdk, options={"idempotency_key": "challenged"}, **bought)
    assert again.to_dict() == intent.to_dict()
    assert answer(intent, "failed").status_code == 409


def heard(received: Any, secret: str, wanted: set[tuple[str, str]]) -> dict[tuple[str, str], Any] | None:
    """Return the wanted events by intent and type, verified by the SDK, once all of them are there."""
    found: dict[tuple[str, str], Any] = {}
    for request in list(received):
        event = stripe.Webhook.construct_event(request.body, request.headers["stripe-signature"], secret)
        assert wrong_with(200, json.loads(request.body)) == []
        for intent, kind in wanted:
            if event.type == kind and is_about(event, intent):
                found[intent, kind] = event
    return found if found.keys() == wanted else None


def test_a_slow_bank(sdk: Sdk, api: Api) -> None:
    intent = paid(sdk, metadata={"sandbox_outcome": "pending:3600:approve"})
    assert (intent.status, intent.processing.type) == ("processing", "card")
    assert refused(lambda: sdk.v1.payment_intents.capture(intent.id)).code == UNEXPECTED
    assert simulate(api, intent.id, "decline", code="lost_card").status_code == 200
    declined = sdk.v1.payment_intents.retrieve(intent.id)
    assert (declined.status, declined.last_payment_error.decline_code) == ("requires_payment_method", "lost_card")
    done = sdk.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    # The outcome in the metadata is asked for again.
    assert done.status == "processing"
    assert sdk.v1.payment_intents.cancel(intent.id).status == "canceled"


@pytest.mark.parametrize("ends", ["succeed", "fail"])
def test_a_refund_that_takes_time(ends: str, sdk: Sdk, api: Api) -> None:
    intent = paid(sdk, payment_method="pm_card_pendingRefund")
    refund = sdk.v1.refunds.create({"payment_intent": intent.id})
    assert (refund.status, refund.pending_reason) == ("pending", "processing")
    assert refused(lambda: sdk.v1.refunds.create({"payment_intent": intent.id})).code == "charge_already_refunded"
    assert simulate(api, refund.id, ends).status_code == 200
    after = sdk.v1.refunds.retrieve(refund.id, {"expand": ["charge"]})
    assert (after.status, after.charge.refunded) == (("succeeded", True) if ends == "succeed" else ("failed", False))
    if ends == "fail":
        again = sdk.v1.refunds.create({"payment_intent": intent.id})
        assert simulate(api, again.id, "require_action").status_code == 200
        assert sdk.v1.refunds.cancel(again.id).status == "canceled"
