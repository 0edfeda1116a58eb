"""The place of an event in its flow, and the sort key that follows from it."""

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from paysandbox.aws.dynamodb.sharded_index import POSITION
from paysandbox.core import ids
from paysandbox.core.event_type import EventType
from paysandbox.http.event_envelope import rendered
from paysandbox.payments.events.event import events_of
from paysandbox.payments.events.rendering import render_event
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.webhooks.events.event_store import StoredEvent, event_from, event_item, listed_at
from paysandbox.webhooks.events.flow_order import FLOW_ORDER, OF_PAYMENTS, place_in_flow
from tests.support.builders import build

LIVES = (
    ("tax_rate.created", "tax_rate.updated"),
    ("product.created", "product.updated", "product.deleted"),
    ("price.created", "price.updated"),
    ("coupon.created", "coupon.updated", "coupon.deleted"),
    ("promotion_code.created", "promotion_code.updated"),
    ("customer.created", "customer.updated", "customer.deleted"),
    ("customer.tax_id.created", "customer.tax_id.deleted"),
    ("customer.source.created", "customer.source.updated", "customer.source.deleted"),
    ("payment_method.attached", "payment_method.updated", "payment_method.detached"),
    ("setup_intent.created", "setup_intent.requires_action", "setup_intent.succeeded"),
    ("setup_intent.created", "setup_intent.setup_failed", "setup_intent.canceled"),
    ("checkout.session.completed", "checkout.session.async_payment_succeeded"),
    ("transfer.created", "transfer.updated", "transfer.reversed"),
    ("application_fee.created", "application_fee.refunded"),
    ("payout.created", "payout.updated", "payout.paid", "payout.failed"),
    ("invoiceitem.created", "invoiceitem.deleted"),
    ("invoice.created", "invoice.finalized", "invoice.paid", "invoice.payment_succeeded", "invoice.updated"),
    ("invoice.created", "invoice.updated", "invoice.deleted"),
    (
        "customer.subscription.created", "customer.subscription.trial_will_end", "customer.subscription.updated",
        "customer.subscription.deleted",
    ),
)  # fmt: skip
FLOWS = {
    "Checkout": (
        "customer.created", "payment_method.attached", OF_PAYMENTS, "application_fee.created",
        "checkout.session.completed",
    ),
    "Checkout that saves a card": (
        "customer.created", "setup_intent.created", "payment_method.attached", "setup_intent.succeeded",
        "checkout.session.completed",
    ),
    "Checkout that subscribes": (
        "customer.created", "payment_method.attached", "invoice.created", "invoice.finalized", OF_PAYMENTS,
        "invoice.paid", "invoice.payment_succeeded", "invoice_payment.paid", "customer.subscription.created",
        "checkout.session.completed",
    ),
    "Checkout that expires": ("setup_intent.canceled", OF_PAYMENTS, "checkout.session.expired"),
    "a paid subscription": (
        "invoice.created", "invoice.finalized", OF_PAYMENTS, "invoice.paid", "invoice.payment_succeeded",
        "invoice_payment.paid", "customer.subscription.created",
    ),
    "a renewal that fails": (
        OF_PAYMENTS, "invoice.payment_failed", "invoice.payment_action_required", "invoice.updated",
        "customer.subscription.updated",
    ),
    "a renewal that fails for the last time": (
        OF_PAYMENTS, "invoice.payment_failed", "invoice.updated", "customer.subscription.deleted",
    ),
    "a price with its product": ("product.created", "price.created"),
    "a source": ("source.chargeable", "customer.source.created", OF_PAYMENTS, "transfer.created"),
    "a deleted customer": ("payment_method.detached", "customer.deleted"),
    "a settlement": (OF_PAYMENTS, EventType.SETTLEMENT_COMPLETED),
}  # fmt: skip


def of_object(kind: str, *, version: int = 1, name: str = "") -> StoredEvent:
    """Return the event of an object, or of type `OF_PAYMENTS` that of a payment."""
    native = kind in set(EventType)
    if kind == OF_PAYMENTS:
        native, kind = True, str(EventType.PAYMENT_OPENED)
    event_id = ids.event_id(f"{kind}:{name}:{version}")
    shown = EventType(kind) if native else EventType.STRIPE_OBJECT_CHANGED
    body = rendered(shown, {} if native else {"type": kind}, event_id, build.MONDAY, version)
    return StoredEvent(id=event_id, merchant=build.MERCHANT, type=str(shown), at=build.MONDAY, body=body)


def in_order(events: Sequence[StoredEvent]) -> list[StoredEvent]:
    """Return events as lists have them, however they come."""
    shuffled = [*events]
    random.Random(7).shuffle(shuffled)
    return sorted(shuffled, key=listed_at)


def test_every_type_of_an_object_has_a_row_and_each_row_is_a_type() -> None:
    ours = set(map(str, EventType))
    of_objects = {each.event_type(event) for each in RESOURCES.values() for event in each.events.ends}
    assert of_objects == {str(kind) for kind in FLOW_ORDER} - ours - {OF_PAYMENTS}
    assert len(FLOW_ORDER) == len(set(FLOW_ORDER)) < 1_000


@pytest.mark.parametrize("flow", [*FLOWS.values(), *LIVES], ids=lambda flow: flow[0])
def test_a_flow_has_its_order_with_any_ids_and_versions(flow: Sequence[str]) -> None:
    events = [of_object(kind, version=len(flow) - place) for place, kind in enumerate(flow)]
    assert in_order(events) == events


def test_the_sequence_orders_events_of_one_place() -> None:
    payment = build.lived(10_00, captures=[4_00, 1_00])
    events = [
        StoredEvent(
            id=each.id,
            merchant=build.MERCHANT,
            type=str(each.type),
            at=build.MONDAY,
            body=render_event(each),
            place=each.place,
        )
        for each in events_of(None, payment)
    ]
    assert len(events) == 3
    assert in_order(events) == events
    twice = [of_object("coupon.updated", version=version) for version in (2, 10)]
    assert in_order(twice) == twice


def test_time_comes_before_place() -> None:
    late = of_object("customer.created")
    early = replace(of_object("checkout.session.completed"), at=late.at - timedelta(microseconds=1))
    assert in_order([early, late]) == [early, late]


@pytest.mark.parametrize("kind", [*FLOW_ORDER])
def test_a_key_fits_into_a_cursor_and_follows_from_what_is_published(kind: str) -> None:
    event = replace(of_object(kind), place=3)
    assert POSITION.fullmatch(listed_at(event))
    again = replace(event, trace="1-a", api_version="2024-06-20", planned={"we_1": 1}, stored_at=build.MONDAY)
    stored = event_from(event_item(again, 60))
    assert listed_at(event) == listed_at(again) == listed_at(stored)


def test_an_event_keeps_the_key_that_an_earlier_version_stored() -> None:
    item = event_item(of_object("customer.created"), 60)
    older = f"{item['listed_at']['S'].partition('#')[0]}#0000000001-{item['event_id']['S']}"
    item["listed_at"] = {"S": older}
    assert listed_at(event_from(item)) == older
    assert event_from(item).stored_at is None


@pytest.mark.parametrize("body", [{}, {"type": "stripe_object_changed"}, {"type": "stripe_object_changed", "data": 7}])
def test_a_malformed_body_is_found(body: object) -> None:
    with pytest.raises((LookupError, TypeError)):
        place_in_flow(json.loads(json.dumps(body)))


def test_a_life_is_in_the_order_of_its_rows() -> None:
    for life in LIVES:
        assert all(FLOW_ORDER.index(first) < FLOW_ORDER.index(then) for first, then in pairwise(life)), life
