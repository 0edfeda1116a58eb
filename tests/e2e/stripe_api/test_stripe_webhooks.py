"""Webhooks as Stripe sends them, to real receivers on this machine, verified by the official SDK."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
import stripe

from tests.support.clients.api import Api
from tests.support.clients.stripe_call import BEFORE_BASIL
from tests.support.clients.stripe_sdk import wrong_with
from tests.support.clients.stripe_sdk_calls import Sdk, held, is_about, native, opened, paid, refused
from tests.support.fakes.receiver import Answer, Received, Receiver, receiver
from tests.support.tools.waiting import until

SIGNATURE = "stripe-signature"

Json = dict[str, Any]


@dataclass
class Listener:
    """A receiver and its endpoint."""

    receiver: Receiver
    made: Any

    def heard(self) -> list[Any]:
        """Return the events received, each verified and checked."""
        return [verified(one, self.made.secret) for one in list(self.receiver.received)]

    def about(self, intent: str, *types: str) -> list[Any]:
        """Wait for events of these types about an intent, its charges and refunds; return them in type order."""

        def found() -> list[Any] | None:
            events = {one.type: one for one in self.heard() if is_about(one, intent)}
            return [events[name] for name in types] if set(types) <= events.keys() else None

        return until(found, f"{', '.join(types)} about {intent}")


def verified(request: Received, secret: str) -> Any:
    """Return the event after the SDK has verified its signature."""
    event = stripe.Webhook.construct_event(request.body, request.headers[SIGNATURE], secret)
    assert wrong_with(200, json.loads(request.body)) == []
    return event


class Street:
    """A set of listeners, closed together with their endpoints."""

    def __init__(self, sdk: Sdk, stack: ExitStack) -> None:
        self._sdk, self._stack = sdk, stack

    def open(self, *events: str, answer: Answer = 200) -> Listener:
        """Open a listener for these event types."""
        shop = self._stack.enter_context(receiver([answer]))
        made = self._sdk.v1.webhook_endpoints.create({"url": shop.url, "enabled_events": [*events]})
        self._stack.callback(self._sdk.v1.webhook_endpoints.delete, made.id)
        return Listener(shop, made)


@pytest.fixture
def street(sdk: Sdk) -> Iterator[Street]:
    """Provide this test's own street."""
    with ExitStack() as stack:
        yield Street(sdk, stack)


def read_again(sdk: Sdk, event: stripe.Event) -> dict[str, Any]:
    """Return an event as it is read once every endpoint has it."""

    def delivered() -> dict[str, Any] | None:
        shown = sdk.v1.events.retrieve(event.id).to_dict()
        return shown if not shown["pending_webhooks"] else None

    return until(delivered, "the event is delivered")


def test_a_payments_lifecycle_in_stripes_events(street: Street, sdk: Sdk) -> None:
    every, refunds = street.open("*"), street.open("refund.created")
    intent = held(sdk, metadata={"order": "7"})
    sdk.v1.payment_intents.capture(intent.id)
    refund = sdk.v1.refunds.create({"payment_intent": intent.id, "amount": 3_00})
    created, succeeded, capturable, captured, done, refunded, given_back = every.about(
        intent.id,
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.amount_capturable_updated",
        "charge.captured",
        "payment_intent.succeeded",
        "charge.refunded",
        "refund.created",
    )
    # Each event shows the state at its time, however late it arrives.
    assert (created.data.object.status, created.data.object.metadata.order) == ("requires_confirmation", "7")
    assert (succeeded.data.object.amount, succeeded.data.object.captured) == (10_00, False)
    assert (capturable.data.object.status, capturable.data.object.amount_capturable) == ("requires_capture", 10_00)
    assert (captured.data.object.captured, captured.data.object.amount_refunded) == (True, 0)
    assert (done.data.object.status, done.data.object.amount_received) == ("succeeded", 10_00)
    assert refunded.data.object.amount_refunded == 3_00
    assert given_back.data.object.to_dict() == refund.to_dict()
    assert [one.id for one in refunds.about(intent.id, "refund.created")] == [given_back.id]
    assert {one.type for one in refunds.heard()} == {"refund.created"}
    assert (refunded.pending_webhooks, given_back.pending_webhooks) == (1, 2)
    # The list has the same events.
    for one in (created, succeeded, refunded):
        assert read_again(sdk, one) == one.to_dict() | {"pending_webhooks": 0}


def test_events_of_captures_and_updates_have_previous_attributes(street: Street, sdk: Sdk, api: Api) -> None:
    every = street.open("*")
    intent = held(sdk)
    captured = sdk.v1.payment_intents.capture(intent.id, {"amount_to_capture": 4_00}, {"idempotency_key": "order 7"})
    told, done = every.about(intent.id, "charge.captured", "payment_intent.succeeded")
    # Events are rendered in a version in which what is released is no refund.
    assert (told.data.object.amount_refunded, told.data.object.amount_captured) == (0, 4_00)
    was = {"amount_captured": 0, "balance_transaction": None, "captured": False}
    assert told.data.previous_attributes.to_dict() == was
    assert (told.request.id, told.request.idempotency_key) == (captured.last_response.request_id, "order 7")
    assert done.data.object.client_secret == intent.client_secret
    # Earlier versions show a refund, and the native API never does.
    (released,) = sdk.v1.refunds.list({"payment_intent": intent.id}, {"stripe_version": BEFORE_BASIL}).data
    assert (released.amount, released.destination_details.card.type) == (6_00, "reversal")
    assert sdk.v1.refunds.list({"payment_intent": intent.id}).data == []
    payment = api.payment(native(intent.id))
    assert (payment["captured"], payment["refunded"], payment["released"]) == (4_00, 0, 6_00)

    refund = sdk.v1.refunds.create({"payment_intent": intent.id, "amount": 1_00})
    noted = sdk.v1.refunds.update(refund.id, {"metadata": {"order": "7"}})
    sdk.v1.charges.update(intent.latest_charge, {"description": "Order 7", "receipt_email": ""})
    updated, named, charge = every.about(intent.id, "refund.updated", "charge.refund.updated", "charge.updated")
    assert updated.data.object.to_dict() == named.data.object.to_dict() == noted.to_dict()
    assert updated.data.previous_attributes.to_dict() == {"metadata": {"order": None}}
    assert charge.data.previous_attributes.to_dict() == {"description": None}
    for one in (told, done, updated, charge):
        assert read_again(sdk, one) == one.to_dict() | {"pending_webhooks": 0}
    assert refused(lambda: sdk.v1.refunds.cancel(refund.id)).http_status == 400


def test_failures_and_cancelling(street: Street, sdk: Sdk) -> None:
    every = street.open("charge.failed", "payment_intent.payment_failed", "payment_intent.canceled")
    intent = opened(sdk, payment_method="pm_card_visa_chargeDeclinedLostCard")
    with pytest.raises(stripe.CardError):
        sdk.v1.payment_intents.confirm(intent.id)
    sdk.v1.payment_intents.cancel(intent.id)
    failed, declined, cancelled = every.about(
        intent.id, "charge.failed", "payment_intent.payment_failed", "payment_intent.canceled"
    )
    assert (failed.data.object.status, failed.data.object.failure_code) == ("failed", "card_declined")
    assert declined.data.object.last_payment_error.decline_code == "lost_card"
    assert cancelled.data.object.status == "canceled"


def test_native_payments_reach_each_endpoint_in_its_own_format(street: Street, sdk: Sdk, api: Api) -> None:
    of_stripe = street.open("*")
    with receiver() as shop:
        body = {"url": shop.url, "events": ["*"]}
        endpoint = api.post("/webhooks/endpoints", body).raise_for_status().json()["endpoint_id"]
        auth = api.authorize(10_00, capture_method="automatic").raise_for_status().json()["auth_id"]
        done, _ = of_stripe.about(auth.replace("auth_", "pi_"), "payment_intent.succeeded", "charge.succeeded")
        assert done.data.object.amount_received == 10_00
        own = until(lambda: shop.received if len(shop.received) > 1 else None, "the native events")
        assert {json.loads(one.body)["type"] for one in own} == {"payment_authorized", "payment_captured"}
        api.http.delete(f"/webhooks/endpoints/{endpoint}").raise_for_status()
    # Neither API lists the other's endpoints as its own.
    assert [one.id for one in sdk.v1.webhook_endpoints.list()] == [of_stripe.made.id]


def test_products_and_prices_and_their_events(street: Street, sdk: Sdk) -> None:
    every = street.open("product.created", "product.updated", "product.deleted", "price.created", "price.updated")
    products, prices = sdk.v1.products, sdk.v1.prices
    monthly = {"currency": "usd", "unit_amount": 10_00, "recurring": {"interval": "month"}}
    plan = products.create({"name": "A plan", "default_price_data": monthly, "expand": ["default_price"]})
    first = plan.default_price
    assert (first.product, first.type, first.recurring.interval_count) == (plan.id, "recurring", 1)
    prices.update(first.id, {"lookup_key": "monthly", "metadata": {"tier": "1"}})
    second = prices.create(
        {**monthly, "unit_amount": 12_00, "product": plan.id, "lookup_key": "monthly", "transfer_lookup_key": True},
        {"idempotency_key": "dearer"},
    )
    taken = refused(lambda: prices.create({**monthly, "product": plan.id, "lookup_key": "monthly"}))
    assert (taken.param, taken.user_message) == ("lookup_key", f"A price (`{second.id}`) already uses that lookup key.")
    changed = products.update(plan.id, {"default_price": second.id, "expand": ["default_price"]})
    assert changed.default_price.lookup_key == "monthly"
    archived = prices.update(first.id, {"active": False})
    assert refused(lambda: products.delete(plan.id)).param is None
    gone = products.create({"id": f"box_{plan.id[-8:]}", "name": "A box"})
    assert products.delete(gone.id).deleted
    assert refused(lambda: products.retrieve(gone.id)).code == "resource_missing"

    def listed() -> bool:
        found = prices.list({"lookup_keys": ["monthly"], "expand": ["data.product"]}).data
        by_product = prices.search({"query": f"product:'{plan.id}' AND active:'true'"}).data
        return [price.product.name for price in found] == ["A plan"] and [price.id for price in by_product] == [
            second.id
        ]

    until(listed, "the price that has the lookup key")

    def heard() -> dict[tuple[str, str], list[Any]] | None:
        events: dict[tuple[str, str], list[Any]] = {}
        for event in {one.id: one for one in every.heard()}.values():
            events.setdefault((event.type, event.data.object.id), []).append(event)
        return events if sum(map(len, events.values())) == 9 else None

    events = until(heard, "nine events")
    assert {name: len(several) for name, several in events.items()} == {
        ("product.created", plan.id): 1,
        ("price.created", first.id): 1,
        ("price.updated", first.id): 3,
        ("price.created", second.id): 1,
        ("product.updated", plan.id): 1,
        ("product.created", gone.id): 1,
        ("product.deleted", gone.id): 1,
    }
    updates = sorted(events["price.updated", first.id], key=lambda event: event.created)
    previous = [event.data.previous_attributes.to_dict() for event in updates]
    assert {"lookup_key": None, "metadata": {"tier": None}} in previous
    assert {"lookup_key": "monthly"} in previous
    assert {"active": True} in previous
    assert archived.to_dict() in [event.data.object.to_dict() for event in updates]
    (made,) = events["price.created", second.id]
    assert (made.data.object.to_dict(), made.request.idempotency_key) == (second.to_dict(), "dearer")
    assert events["product.deleted", gone.id][0].data.object.active is False
    assert read_again(sdk, made) == made.to_dict() | {"pending_webhooks": 0}


def test_customers_and_their_events(street: Street, sdk: Sdk) -> None:
    every, customers = street.open("customer.created", "customer.updated", "customer.deleted"), sdk.v1.customers
    jenny = customers.create({"email": "jenny@example.com", "address": {"city": "Berlin", "country": "DE"}})
    named = customers.update(jenny.id, {"name": "Jenny Rosen", "address": {"city": "Hamburg", "country": "DE"}})
    until(lambda: customers.list({"email": "jenny@example.com"}).data, "the customer in its list")
    assert customers.delete(jenny.id).deleted
    assert customers.retrieve(jenny.id).deleted

    events = every.about(jenny.id, "customer.created", "customer.updated", "customer.deleted")
    created, updated, deleted = events
    assert created.data.object.to_dict() == jenny.to_dict()
    assert updated.data.object.to_dict() == deleted.data.object.to_dict() == named.to_dict()
    assert updated.data.previous_attributes.to_dict() == {"name": None, "address": {"city": "Berlin"}}


def test_a_body_that_was_changed_on_the_way_is_not_trusted(street: Street, sdk: Sdk) -> None:
    listener = street.open("payment_intent.succeeded")
    listener.about(paid(sdk).id, "payment_intent.succeeded")
    request = listener.receiver.received[0]
    changed = request.body.replace(b'"amount_received":1000', b'"amount_received":9000')
    assert changed != request.body
    for body, secret in ((changed, listener.made.secret), (request.body, "whsec_another")):
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(body, request.headers[SIGNATURE], secret)


def test_a_disabled_endpoint_gets_no_events_until_it_is_enabled(street: Street, sdk: Sdk) -> None:
    resting, other = street.open("*"), street.open("payment_intent.succeeded")
    sdk.v1.webhook_endpoints.update(resting.made.id, {"disabled": True})
    missed = paid(sdk)
    other.about(missed.id, "payment_intent.succeeded")
    sdk.v1.webhook_endpoints.update(resting.made.id, {"disabled": False})
    heard = paid(sdk)
    resting.about(heard.id, "payment_intent.created", "charge.succeeded", "payment_intent.succeeded")
    assert not [one for one in resting.heard() if is_about(one, missed.id)]
