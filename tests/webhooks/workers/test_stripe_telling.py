"""Planning for Stripe-compatible endpoints: the same event as Stripe's events, each type once."""

import json
import os
from collections import Counter
from collections.abc import Sequence

import pytest
import stripe

from api_reference.examples import EVENT_EXAMPLES
from paysandbox.aws import runtime
from paysandbox.aws.settings import StripeVersionSettings
from paysandbox.core.event_type import EventType
from paysandbox.payments.events.event import events_of
from paysandbox.payments.ledger.items import payment_item
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.events.event import STRIPE_EVENT_TYPES, stripe_types
from paysandbox.stripe_api.routes import GET_STRIPE_EVENT, LIST_STRIPE_EVENTS
from paysandbox.stripe_api.version import STRIPE_VERSION
from paysandbox.webhooks.delivery import DeliveryStatus
from paysandbox.webhooks.endpoints.secrets import secret_of_version
from paysandbox.webhooks.events.event_store import StoredEvent
from tests.support.builders import build, stripe_payments as lives
from tests.support.clients.stripe_merchant import StripeMerchant, done
from tests.support.fakes.receiver import receiver
from tests.support.tools.stripe_shapes import faults
from tests.support.worlds import webhook_records
from tests.support.worlds.aws_transport import Wire, refused_with
from tests.support.worlds.webhook_workers import HEALTHY, WebhookWorkers, stored

URL = "https://example.com/hooks"
LIFE = lives.refunded(lives.captured(lives.tried(lives.opened())), 1_00)


def kept(payment: Payment = LIFE) -> list[StoredEvent]:
    """Store the payment in the ledger, and return our events of it."""
    ledger = runtime.ledger()
    ledger.client.put_item(TableName=ledger.table, Item=payment_item(payment))
    return stored(None, payment)


def types_of(workers: WebhookWorkers, endpoint_id: str) -> Counter[str]:
    """Return the deliveries to an endpoint, by type."""
    return Counter(one.event_type for one in workers.deliveries().values() if one.endpoint_id == endpoint_id)


def told_types(payment: Payment = LIFE) -> list[str]:
    """Return Stripe's event types for it."""
    return [kind for event in events_of(None, payment) for kind in stripe_types(event)]


def test_each_kind_of_endpoint_gets_its_own_events_once(workers: WebhookWorkers) -> None:
    theirs = workers.endpoint(1, URL, stripe=True)
    ours = workers.endpoint(2, URL)
    events = kept()
    assert workers.plan(*events) == {"batchItemFailures": []}
    assert types_of(workers, theirs.id) == Counter(told_types())
    assert types_of(workers, ours.id) == Counter(event.type for event in events)
    queued = workers.bodies(HEALTHY)
    assert len(queued) == len({one["delivery_id"] for one in queued}) == len(workers.deliveries())


@pytest.mark.parametrize("types", [("charge.refunded",), ("refund.created", "payment_intent.created")])
def test_an_endpoint_gets_the_types_that_it_named(types: Sequence[str], workers: WebhookWorkers) -> None:
    theirs = workers.endpoint(1, URL, stripe=True, events=types)
    workers.plan(*kept())
    assert types_of(workers, theirs.id) == Counter(types)


def test_planning_again_changes_nothing(workers: WebhookWorkers) -> None:
    workers.endpoint(1, URL, stripe=True)
    events = kept()
    workers.plan(*events)
    before = workers.events(), workers.deliveries()
    workers.plan(*events)
    assert (workers.events(), workers.deliveries()) == before
    assert len(workers.bodies(HEALTHY)) == 2 * len(before[1])  # no attempt yet, so each was queued again


def test_a_retry_completes_an_interrupted_plan(workers: WebhookWorkers, wire: Wire) -> None:
    theirs = workers.endpoint(1, URL, stripe=True)
    (event, *_) = kept(lives.tried(lives.opened()))[1:]

    def is_last(sent: object) -> bool:
        return "amount_capturable_updated" in str(sent)

    with wire.broken(refused_with(500, "InternalServerError"), when=is_last):
        assert len(workers.plan(event)["batchItemFailures"]) == 1
    assert workers.plan(event) == {"batchItemFailures": []}
    expected = Counter(["charge.succeeded", "payment_intent.amount_capturable_updated"])
    assert types_of(workers, theirs.id) == expected


def test_without_a_stripe_endpoint_no_stripe_events_are_planned(workers: WebhookWorkers, wire: Wire) -> None:
    workers.endpoint(1, URL)
    workers.endpoint(2, URL, stripe=True, merchant=build.OTHER_MERCHANT)
    events = kept()
    with wire.record() as sent:
        workers.plan(*events)
    assert "GetItem" not in {one.operation for one in sent}
    assert set(workers.events()) == {event.id for event in events}


@pytest.mark.parametrize("kind", ["endpoint_disabled", "donation_succeeded", "disbursement_paid"])
def test_events_without_a_payment_are_not_delivered(kind: str, workers: WebhookWorkers) -> None:
    workers.endpoint(1, URL, stripe=True)
    purged = stored(None, LIFE)[0]
    data = EVENT_EXAMPLES[EventType(kind)]["data"]
    told = {"id": "evt_x", "type": kind, "timestamp": "2026-11-16T09:30:00.000000Z", "sequence": 1, "data": data}
    other = StoredEvent(id="evt_x", merchant=build.MERCHANT, type=kind, at=build.MONDAY, body=json.dumps(told))
    assert workers.plan(purged, other) == {"batchItemFailures": []}
    assert workers.deliveries() == {}


def test_the_delivered_event_is_the_retrieved_one_and_the_sdk_verifies_it(workers: WebhookWorkers) -> None:
    with receiver() as shop:
        made = workers.endpoint(1, shop.url, stripe=True)
        workers.plan(*kept())
        workers.work()
        received = shop.received
    secret = secret_of_version(workers.held(made), 1)
    told = [json.loads(one.body) for one in received]
    assert Counter(one["type"] for one in told) == Counter(told_types())
    for request, body in zip(received, told, strict=True):
        assert faults(body, stripe.Event) == []
        assert done(StripeMerchant().get(GET_STRIPE_EVENT, body["id"])) == body | {"pending_webhooks": 0}
        assert body["pending_webhooks"] == 1
        signature = request.headers["stripe-signature"]
        event = stripe.Webhook.construct_event(request.body, signature, secret, tolerance=10**9)
        assert event.type == body["type"]


def test_each_endpoint_gets_an_event_in_its_own_version(workers: WebhookWorkers) -> None:
    pinned = ["2020-08-27", "2024-06-20", "2025-03-31.basil", STRIPE_VERSION, None]
    life = lives.captured(lives.tried(lives.opened()), 4_00, final=True)
    with receiver() as shop:
        for number, version in enumerate(pinned):
            workers.endpoint(number, f"{shop.url}/{number}", stripe=True, api_version=version)
        workers.plan(*kept(life))
        workers.work()
        received = [(pinned[int(one.path.rpartition("/")[2])], json.loads(one.body)) for one in shop.received]
    for version in pinned:
        bodies = {body["type"]: body for of, body in received if of == version}
        newest = version in (STRIPE_VERSION, None, "2025-03-31.basil")
        assert bodies.keys() == {*told_types(life), *([] if newest else ["charge.refunded"])}
        for body in bodies.values():
            assert body["api_version"] == (version or STRIPE_VERSION)
            assert faults(body, stripe.Event, version=body["api_version"]) == []
        assert ("charges" in bodies["payment_intent.succeeded"]["data"]["object"]) is (version == "2020-08-27")
        assert bodies["charge.captured"]["data"]["object"]["amount_refunded"] == (0 if newest else 6_00)
    by_id: dict[str, set[str]] = {}
    for _, body in received:
        by_id.setdefault(body["id"], set()).add(body["type"])
    assert all(len(types) == 1 for types in by_id.values())


CHARGED = "charge.succeeded"


def pending_of(kind: str) -> int:
    """Return `pending_webhooks` of the one event of a type, as it is listed and retrieved."""
    (listed,) = done(StripeMerchant().get(LIST_STRIPE_EVENTS, type=kind))["data"]
    assert done(StripeMerchant().get(GET_STRIPE_EVENT, listed["id"])) == listed
    return listed["pending_webhooks"]


@pytest.mark.parametrize(
    "answers, left",
    [([], 0), ([200], 0), ([500], 1), ([200, 204, 299], 0), ([200, 301, 500, 410], 3)],
    ids=str,
)
def test_an_event_counts_the_endpoints_that_did_not_take_it(
    answers: Sequence[int], left: int, workers: WebhookWorkers
) -> None:
    """The body that is sent has the number of endpoints that it is sent to."""
    workers.endpoint(9, URL)  # receives no event in Stripe's format
    with receiver([lambda request: int(request.path.rpartition("/")[2])]) as shop:
        for number, status in enumerate(answers):
            workers.endpoint(number, f"{shop.url}/{number}/{status}", stripe=True, events=(CHARGED,))
        workers.plan(*kept())
        workers.wait_for_lists()
        assert pending_of(CHARGED) == len(answers)
        workers.deliver(*workers.waiting(HEALTHY))
        bodies = [json.loads(one.body) for one in shop.received]
    assert [one["pending_webhooks"] for one in bodies if one["type"] == CHARGED] == [len(answers)] * len(answers)
    assert pending_of(CHARGED) == left
    assert pending_of("payment_intent.created") == 0


def test_an_event_is_pending_until_a_retry_succeeds(workers: WebhookWorkers) -> None:
    with receiver([500, 200]) as shop:
        workers.endpoint(1, shop.url, stripe=True, events=(CHARGED,))
        workers.plan(*kept())
        workers.wait_for_lists()
        workers.deliver(*workers.waiting(HEALTHY))
        assert pending_of(CHARGED) == 1
        workers.work()
        assert pending_of(CHARGED) == 0
        first, again = shop.received
    assert first.body == again.body, "each attempt sends the same bytes"


@pytest.mark.parametrize("status", DeliveryStatus)
def test_what_was_not_delivered_stays_pending(status: DeliveryStatus, workers: WebhookWorkers) -> None:
    """As Stripe words it: after the last attempt too, and if the endpoint was disabled before one succeeded."""
    endpoint = workers.endpoint(1, URL, stripe=True, events=(CHARGED,))
    workers.plan(*kept())
    workers.wait_for_lists()
    (event,) = [one for one in workers.events().values() if one.type == CHARGED]
    webhook_records.deliver(event, endpoint, status=status)
    assert pending_of(CHARGED) == (0 if status is DeliveryStatus.DELIVERED else 1)


def default_to(version: str) -> None:
    os.environ |= StripeVersionSettings(version).to_env()
    runtime._settings.cache_clear()


def test_an_event_is_shown_in_the_default_version_of_its_time(workers: WebhookWorkers) -> None:
    default_to("2022-08-01")
    workers.endpoint(1, URL, stripe=True, api_version=STRIPE_VERSION)
    workers.plan(*kept())
    default_to("2024-06-20")
    workers.wait_for_lists()
    shop = StripeMerchant(version=STRIPE_VERSION)
    listed = done(shop.get(LIST_STRIPE_EVENTS, limit=100))["data"]
    assert {body["api_version"] for body in listed} == {"2022-08-01"}
    assert [done(shop.get(GET_STRIPE_EVENT, body["id"])) for body in listed] == listed
    assert all("charges" in one["data"]["object"] for one in listed if one["type"].startswith("payment_intent."))


def test_every_type_is_planned_by_some_payment(workers: WebhookWorkers) -> None:
    """Otherwise an endpoint could name a type that never comes."""
    met: set[str] = set()
    for life in lives.LIVES.values():
        met |= set(told_types(life))
    assert met == set(STRIPE_EVENT_TYPES)
