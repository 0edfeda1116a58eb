"""Retries under an idempotency key: one operation and the same answer, whatever was lost on the way."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe

from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api
from tests.support.clients.stripe_sdk import sdk_on
from tests.support.clients.stripe_sdk_calls import CARD, Sdk, held, opened, paid, refused
from tests.support.fakes.faulty_gateway import Fault, faulty_gateway
from tests.support.tools.tiers import full_but

REPLAYED = "Idempotent-Replayed"

Write = Callable[[Sdk, str, dict[str, Any], dict[str, Any]], Any]

# By operation: its object, the call, valid parameters, and different ones for the same key.
WRITES: dict[str, tuple[Callable[[Sdk], str], Write, dict[str, Any], dict[str, Any]]] = {
    "create": (
        lambda _: "",
        lambda sdk, _, params, options: sdk.v1.payment_intents.create(params, options),
        {"amount": 5_00, "currency": "usd"},
        {"amount": 5_01, "currency": "usd"},
    ),
    "create and confirm": (
        lambda _: "",
        lambda sdk, _, params, options: sdk.v1.payment_intents.create(params, options),
        {"amount": 5_00, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True},
        {"amount": 5_00, "currency": "usd", "payment_method": "pm_card_amex", "confirm": True},
    ),
    "update": (
        lambda sdk: opened(sdk).id,
        lambda sdk, intent, params, options: sdk.v1.payment_intents.update(intent, params, options),
        {"amount": 6_00},
        {"amount": 7_00},
    ),
    "confirm": (
        lambda sdk: opened(sdk).id,
        lambda sdk, intent, params, options: sdk.v1.payment_intents.confirm(intent, params, options),
        {"payment_method": "pm_card_visa"},
        {"payment_method": "pm_card_amex"},
    ),
    "capture": (
        lambda sdk: held(sdk).id,
        lambda sdk, intent, params, options: sdk.v1.payment_intents.capture(intent, params, options),
        {"amount_to_capture": 3_00, "final_capture": False},
        {"amount_to_capture": 3_01, "final_capture": False},
    ),
    "cancel": (
        lambda sdk: held(sdk).id,
        lambda sdk, intent, params, options: sdk.v1.payment_intents.cancel(intent, params, options),
        {"cancellation_reason": "duplicate"},
        {"cancellation_reason": "abandoned"},
    ),
    "refund": (
        lambda sdk: paid(sdk).id,
        lambda sdk, intent, params, options: sdk.v1.refunds.create({"payment_intent": intent, **params}, options),
        {"amount": 1_00},
        {"amount": 1_01},
    ),
    "refund update": (
        lambda sdk: sdk.v1.refunds.create({"payment_intent": paid(sdk).id, "amount": 1_00}).id,
        lambda sdk, refund, params, options: sdk.v1.refunds.update(refund, params, options),
        {"metadata": {"a": "1"}},
        {"metadata": {"a": "2"}},
    ),
    "charge update": (
        lambda sdk: paid(sdk).latest_charge,
        lambda sdk, charge, params, options: sdk.v1.charges.update(charge, params, options),
        {"description": "Tea"},
        {"description": "Coffee"},
    ),
    "payment method": (
        lambda _: "",
        lambda sdk, _, params, options: sdk.v1.payment_methods.create(params, options),
        {"type": "card", "card": CARD},
        {"type": "card", "card": {**CARD, "exp_year": 2041}},
    ),
    "webhook endpoint": (
        lambda _: "",
        lambda sdk, _, params, options: sdk.v1.webhook_endpoints.create(params, options),
        {"url": "http://127.0.0.1:9999/hooks", "enabled_events": ["charge.expired"]},
        {"url": "http://127.0.0.1:9999/other", "enabled_events": ["charge.expired"]},
    ),
}


def of(sent: Any) -> bytes | str:
    """Return the bytes of an answer."""
    return sent.last_response.body


@pytest.mark.parametrize("what", full_but(WRITES, keep=lambda what: what == "create"))
def test_a_key_gets_the_same_response_and_rejects_other_requests(what: str, sdk: Sdk) -> None:
    prepare, write, params, others = WRITES[what]
    about, key = prepare(sdk), {"idempotency_key": f"again: {what}"}
    first = write(sdk, about, params, key)
    again = write(sdk, about, params, key)
    assert of(first) == of(again)
    assert REPLAYED not in first.last_response.headers
    assert again.last_response.headers[REPLAYED] == "true"
    assert again.last_response.idempotency_key == key["idempotency_key"]
    with pytest.raises(stripe.IdempotencyError) as reused:
        write(sdk, about, others, key)
    assert reused.value.http_status == 400
    assert of(write(sdk, about, params, key)) == of(first)
    # Without an explicit key each call is a new request: the SDK generates a key.
    if not about:
        assert write(sdk, about, params, {}).id != first.id


def test_the_same_key_for_another_intent(sdk: Sdk) -> None:
    key = {"idempotency_key": "one key, two intents"}
    sdk.v1.payment_intents.capture(held(sdk).id, {"amount_to_capture": 1_00}, key)
    other = held(sdk)
    with pytest.raises(stripe.IdempotencyError):
        sdk.v1.payment_intents.capture(other.id, {"amount_to_capture": 1_00}, key)
    assert sdk.v1.payment_intents.retrieve(other.id).amount_received == 0


def test_the_same_key_for_another_resource(sdk: Sdk) -> None:
    key = {"idempotency_key": "one key, two routes"}
    intent = opened(sdk, options=key, capture_method="manual", payment_method="pm_card_visa")
    with pytest.raises(stripe.IdempotencyError):
        sdk.v1.payment_intents.confirm(intent.id, {}, key)
    assert sdk.v1.payment_intents.retrieve(intent.id).status == "requires_confirmation"


def test_a_replay_is_unchanged_after_later_operations(sdk: Sdk) -> None:
    key = {"idempotency_key": "as it was"}
    intent = held(sdk)
    captured = sdk.v1.payment_intents.capture(intent.id, {"amount_to_capture": 3_00, "final_capture": False}, key)
    sdk.v1.payment_intents.capture(intent.id)
    sdk.v1.refunds.create({"payment_intent": intent.id})
    again = sdk.v1.payment_intents.capture(intent.id, {"amount_to_capture": 3_00, "final_capture": False}, key)
    assert of(again) == of(captured)
    assert again.status == "requires_capture"


def test_a_decline_is_replayed_and_another_key_asks_again(sdk: Sdk) -> None:
    intent, key = opened(sdk), {"idempotency_key": "declined once"}
    declining = {"payment_method": "pm_card_visa_chargeDeclined"}
    bodies: list[str | None] = []
    for replayed in (None, "true"):
        with pytest.raises(stripe.CardError) as declined:
            sdk.v1.payment_intents.confirm(intent.id, declining, key)
        bodies.append(declined.value.http_body)
        assert (declined.value.headers or {}).get(REPLAYED) == replayed
    assert len(sdk.v1.charges.list({"payment_intent": intent.id}).data) == 1
    assert sdk.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"}).status == "succeeded"
    with pytest.raises(stripe.CardError) as declined:
        sdk.v1.payment_intents.confirm(intent.id, declining, key)
    assert [*bodies, declined.value.http_body] == [bodies[0]] * 3


def test_a_refusal_is_replayed_even_if_it_would_now_succeed(sdk: Sdk) -> None:
    intent, key = held(sdk), {"idempotency_key": "too early"}
    early = refused(lambda: sdk.v1.refunds.create({"payment_intent": intent.id}, key))
    assert REPLAYED not in (early.headers or {})
    sdk.v1.payment_intents.capture(intent.id)
    again = refused(lambda: sdk.v1.refunds.create({"payment_intent": intent.id}, key))
    assert again.http_body == early.http_body
    assert (again.headers or {})[REPLAYED] == "true"
    assert sdk.v1.refunds.create({"payment_intent": intent.id}).amount == 10_00


def test_an_invalid_request_does_not_bind_its_key(sdk: Sdk) -> None:
    key = {"idempotency_key": "mistyped"}
    for _ in range(2):
        mistyped = refused(lambda: opened(sdk, "ten", options=key))
        assert REPLAYED not in (mistyped.headers or {})
    assert opened(sdk, 10, options=key).amount == 10


@pytest.mark.full
def test_twenty_on_one_key_at_once(sdk: Sdk) -> None:
    intent = paid(sdk)

    def refund(_: int) -> Any:
        return sdk.v1.refunds.create(
            {"payment_intent": intent.id, "amount": 1_00},
            {"idempotency_key": "twenty at once"},
        )

    with ThreadPoolExecutor(20) as pool:
        refunds = list(pool.map(refund, range(20)))
    assert len({of(one) for one in refunds}) == 1
    assert len([one for one in refunds if REPLAYED not in one.last_response.headers]) == 1
    assert sdk.v1.charges.retrieve(intent.latest_charge).amount_refunded == 1_00


@pytest.mark.parametrize("fault", Fault, ids=lambda fault: fault.name.lower())
@pytest.mark.parametrize(
    "what", full_but(["create and confirm", "confirm", "capture", "refund"], keep=lambda what: what == "capture")
)
def test_the_sdk_retries_lost_requests_with_one_effect(
    what: str, fault: Fault, sdk: Sdk, sandbox: Sandbox, api: Api
) -> None:
    prepare, write, params, _ = WRITES[what]
    about = prepare(sdk)
    before = moved(sdk)
    with (
        faulty_gateway(sandbox.port, fault) as gateway,
        sdk_on(f"http://127.0.0.1:{gateway.port}", api.api_key, retries=2) as retrying,
    ):
        done = write(retrying, about, params, {})
    assert len(gateway.requests) == 2
    assert (done.last_response.headers.get(REPLAYED) == "true") is (fault is not Fault.LOST_REQUEST)
    assert moved(sdk) - before == {"create and confirm": 5_00, "confirm": 10_00, "capture": 3_00, "refund": -1_00}[what]


def moved(sdk: Sdk) -> int:
    """Return the merchant's net amount over its newest payments, in minor units."""
    charges = sdk.v1.charges.list({"limit": 100}).data
    return sum(one.amount_captured - one.amount_refunded for one in charges)


def test_a_decline_is_not_repeated_by_the_sdk(sandbox: Sandbox, api: Api) -> None:
    with (
        faulty_gateway(sandbox.port) as gateway,
        sdk_on(f"http://127.0.0.1:{gateway.port}", api.api_key, retries=2) as retrying,
        pytest.raises(stripe.CardError),
    ):
        paid(retrying, payment_method="pm_card_chargeDeclined")
    assert len(gateway.requests) == 1
