"""The events of products and prices: from the table's stream to endpoints of both APIs, and listed."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import pytest
import stripe

from paysandbox.core.timestamps import parse_timestamp
from paysandbox.http.route import Route
from paysandbox.stripe_api.routes import GET_STRIPE_EVENT, LIST_STRIPE_EVENTS
from paysandbox.webhooks.events.event_store import StoredEvent
from stripe_api import publish_object_events
from tests.stripe_api.handlers.billing.shop import subscribed
from tests.stripe_api.handlers.checkout.sessions import CHALLENGED, saving, shown, submit, typed
from tests.stripe_api.handlers.setup_intents.setups import complete
from tests.stripe_api.scenarios import RESOURCE as ROUTE
from tests.support.builders import build
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong
from tests.support.fakes.receiver import receiver
from tests.support.tools.stripe_shapes import faults
from tests.support.worlds import table_snapshot, tables
from tests.support.worlds.webhook_workers import PARKED, WebhookWorkers

AMOUNT: Final[dict[str, Any]] = {"currency": "usd", "unit_amount": 5_00}
URL: Final = "https://example.com/hooks"
Json = dict[str, Any]
Records = list[Json]


@contextmanager
def recorded() -> Iterator[Records]:
    """Yield the records of what the block writes, one for each object, in the stream's format."""

    def held() -> dict[str, Json]:
        return {item["object_key"]["S"]: item for item in table_snapshot.items_of(tables.STRIPE_OBJECTS)}

    before, records = held(), Records()
    yield records
    after = held()
    for key in sorted(before.keys() | after.keys()):
        images = {"OldImage": before.get(key), "NewImage": after.get(key)}
        if images["OldImage"] != images["NewImage"]:
            records.append({"dynamodb": {name: item for name, item in images.items() if item}})


def written(route: Route, of: str | None = None, **params: Any) -> tuple[Json, Records]:
    with recorded() as records:
        body = done(StripeMerchant().post(route, of, **params))
    return body, records


def published(workers: WebhookWorkers, records: Sequence[Json]) -> list[StoredEvent]:
    """Return the topic's messages for records of the stream."""
    assert publish_object_events.handler({"Records": [*records]}, None) == {"batchItemFailures": []}
    return [
        StoredEvent(
            id=event["id"],
            merchant=build.MERCHANT,
            type=event["type"],
            at=parse_timestamp(event["timestamp"]),
            body=json.dumps(event),
        )
        for event in workers.told_about()
    ]


def sent(workers: WebhookWorkers, records: Sequence[Json]) -> list[tuple[str, str, Any]]:
    """Return the type, object and previous attributes of Stripe's events of these records, as they are listed."""
    workers.plan(*published(workers, records))
    workers.wait_for_lists()
    listed = done(StripeMerchant().get(LIST_STRIPE_EVENTS, limit=100))["data"]
    assert all(faults(body, stripe.Event) == [] for body in listed)
    for body in listed:
        body["data"].get("previous_attributes", {}).pop("updated", None)  # if a second has passed
    return [
        (body["type"], body["data"]["object"]["id"], body["data"].get("previous_attributes"))
        for body in reversed(listed)
    ]


def test_a_product_is_created_updated_and_deleted(workers: WebhookWorkers) -> None:
    made, first = written(ROUTE["create_product"], name="Gold", metadata={"a": "1"})
    name = made["id"]
    updated, second = written(ROUTE["update_product"], name, description="new", metadata={"b": "2"})
    _, third = written(ROUTE["update_product"], name, description="new")
    with recorded() as last:
        done(StripeMerchant().ask(ROUTE["delete_product"], name))

    previous = {"description": None, "metadata": {"b": None}}
    events = sent(workers, [*first, *second, *third, *last])
    assert events == [
        ("product.created", name, None),
        ("product.updated", name, previous),
        ("product.deleted", name, None),
    ]
    listed = done(StripeMerchant().get(LIST_STRIPE_EVENTS))["data"]
    at_last = listed[0]["data"]["object"]
    assert [body["data"]["object"] for body in reversed(listed)] == [made, updated, at_last]
    assert at_last == updated | {"active": False, "updated": at_last["updated"]}
    assert done(StripeMerchant().get(LIST_STRIPE_EVENTS, type="product.updated"))["data"] == [listed[1]]


def test_what_is_written_together_has_an_event_each(workers: WebhookWorkers) -> None:
    """What only marks another object as in use, or unchanged meanwhile, is no event of it, nor is a lookup key."""
    holder, first = written(ROUTE["create_price"], **AMOUNT, product_data={"name": "Gold"}, lookup_key="gold")
    product = holder["product"]
    taker, second = written(
        ROUTE["create_price"], **AMOUNT, product=product, lookup_key="gold", transfer_lookup_key=True
    )
    _, third = written(ROUTE["update_product"], product, default_price=taker["id"])

    assert len(first + second + third) == 3 + 3 + 2
    assert sent(workers, [*first, *second, *third]) == [
        ("product.created", product, None),
        ("price.created", holder["id"], None),
        ("price.created", taker["id"], None),
        ("price.updated", holder["id"], {"lookup_key": "gold"}),
        ("product.updated", product, {"default_price": None}),
    ]


def test_a_record_that_comes_twice_is_one_event(workers: WebhookWorkers) -> None:
    """As after a crash of the publisher, or of the planner. The request's answer may have been lost: it is repeated."""
    workers.endpoint(1, URL, stripe=True)
    shop = StripeMerchant()
    with recorded() as records:
        made = shop.post(ROUTE["create_product"], key="once", name="Gold")
        assert shop.post(ROUTE["create_product"], key="once", name="Gold").text == made.text
    first, again = published(workers, records), published(workers, [*records, *records])
    assert [event.body for event in again] == [first[0].body] * 2
    workers.plan(*first)
    workers.plan(*again)
    assert len(workers.events()) == 2, "ours and Stripe's"
    assert len(workers.deliveries()) == 1
    workers.wait_for_lists()
    (body,) = done(shop.get(LIST_STRIPE_EVENTS))["data"]
    assert (body["type"], body["data"]["object"]["id"]) == ("product.created", made.json["id"])
    assert body["request"] == {"id": made.headers["Request-Id"], "idempotency_key": "once"}


def test_each_endpoint_gets_its_own_events(workers: WebhookWorkers) -> None:
    """One of the native API gets one type for all resources. A pinned version is the event's."""
    pinned = "2024-06-20"
    with receiver() as shop:
        workers.endpoint(1, f"{shop.url}/native")
        workers.endpoint(2, f"{shop.url}/stripe", stripe=True, events=("product.created",))
        workers.endpoint(3, f"{shop.url}/pinned", stripe=True, api_version=pinned)
        workers.endpoint(4, f"{shop.url}/other", stripe=True, events=("price.created",))
        made, records = written(ROUTE["create_product"], name="Gold")
        workers.plan(*published(workers, records))
        workers.work()
        bodies = {request.path.rpartition("/")[2]: json.loads(request.body) for request in shop.received}
    assert bodies.keys() == {"native", "stripe", "pinned"}
    native = bodies["native"]
    assert (native["type"], native["data"]["type"]) == ("stripe_object_changed", "product.created")
    assert native["data"]["object"] == bodies["stripe"]["data"]["object"] == made
    assert bodies["pinned"] == bodies["stripe"] | {"api_version": pinned, "pending_webhooks": 2}
    assert done(StripeMerchant().get(GET_STRIPE_EVENT, bodies["stripe"]["id"])) == bodies["stripe"] | {
        "pending_webhooks": 0
    }
    assert wrong(StripeMerchant("globex").get(GET_STRIPE_EVENT, bodies["stripe"]["id"])) == missing("id")


def without_attributes(record: Json) -> None:
    del record["dynamodb"]["NewImage"]["attributes"]


def removed(record: Json) -> None:
    record["dynamodb"]["OldImage"] = record["dynamodb"].pop("NewImage")


@pytest.mark.parametrize("change, parked", [(without_attributes, 1), (removed, 0)])
def test_records_without_an_event(change: Callable[[Json], None], parked: int, workers: WebhookWorkers) -> None:
    """What cannot be read does not block what can. What is removed, as items that expire are, has no event."""
    _, records = written(ROUTE["create_product"], name="Gold")
    _, others = written(ROUTE["create_product"], name="Silver")
    change(records[0])
    assert len(published(workers, [*records, *others])) == 1
    assert len(workers.waiting(PARKED)) == parked


def test_a_setup_intent_that_succeeds_completes_its_session(workers: WebhookWorkers) -> None:
    """Also if the payer never comes back from the bank's page."""
    session = saving()
    to_bank = submit(session["url"], typed(CHALLENGED)).headers["Location"]
    with recorded() as records:
        complete(to_bank)
    assert shown(session["id"])["status"] == "open"

    with recorded() as of_session:
        published(workers, records)
    assert shown(session["id"])["status"] == "complete"
    types = [type_ for type_, *_ in sent(workers, [*records, *of_session])]
    assert types.count("checkout.session.completed") == 1


def test_a_customer_is_deleted_after_their_subscription(workers: WebhookWorkers) -> None:
    made = subscribed()
    with recorded() as records:
        done(StripeMerchant().ask(ROUTE["delete_stripe_customer"], made["customer"]))
    told_of = [(kind, of) for kind, of, _ in sent(workers, records)]
    assert told_of == [("customer.subscription.deleted", made["id"]), ("customer.deleted", made["customer"])]
