"""Events of connected accounts: to their own endpoints, and to those that their platform has for such events."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import stripe

from paysandbox.core.timestamps import parse_timestamp
from paysandbox.payments.ledger.items import payment_from
from paysandbox.stripe_api.events.bodies import stripe_event_bodies
from paysandbox.stripe_api.ids import application_id, merchant_of_account
from paysandbox.stripe_api.routes import CREATE_PAYMENT_INTENT, GET_STRIPE_EVENT, LIST_STRIPE_EVENTS
from paysandbox.webhooks.delivery import DeliveryStatus
from paysandbox.webhooks.endpoint import Endpoint
from paysandbox.webhooks.endpoints.secrets import secret_of_version
from paysandbox.webhooks.events.event_store import StoredEvent
from stripe_api import publish_object_events
from tests.stripe_api.scenarios import RESOURCE as ROUTE
from tests.stripe_api.workers.test_publish_object_events import recorded
from tests.support.builders.build import MERCHANT, OTHER_MERCHANT
from tests.support.clients.stripe_merchant import VISA, StripeMerchant, done, missing, wrong
from tests.support.fakes.receiver import receiver
from tests.support.tools.stripe_shapes import faults
from tests.support.worlds import table_snapshot
from tests.support.worlds.webhook_workers import HEALTHY, WebhookWorkers, stored

Json = dict[str, Any]
URL = "https://example.com/hooks"
TYPES = Counter(["charge.succeeded", "charge.updated", "payment_intent.created", "payment_intent.succeeded"])


def paid_on(account: str | None = None) -> list[StoredEvent]:
    """Pay, on a connected account if one is named, and return our events of the payment."""
    before = {item["payment_id"]["S"] for item in table_snapshot.items() if "operations" in item}
    params = {"amount": 10_00, "currency": "usd", "payment_method": VISA, "confirm": True}
    done(StripeMerchant().ask(CREATE_PAYMENT_INTENT, None, params, headers={"Stripe-Account": account or ""}))
    payments = [payment_from(item) for item in table_snapshot.items() if "operations" in item]
    (made,) = [payment for payment in payments if payment.id not in before]
    return stored(None, made)


def new_account() -> tuple[str, str]:
    """Create a connected account, and return its ID and its merchant."""
    account = done(StripeMerchant().post(ROUTE["create_account"]))["id"]
    return account, merchant_of_account(account) or ""


def to(workers: WebhookWorkers, endpoint: Endpoint) -> Counter[str]:
    """Return the deliveries to an endpoint, by type."""
    return Counter(one.event_type for one in workers.deliveries().values() if one.endpoint_id == endpoint.id)


def test_an_event_of_an_account_goes_to_its_endpoints_and_to_its_platforms_for_such_events(
    workers: WebhookWorkers,
) -> None:
    account, merchant = new_account()
    _, another = new_account()
    own = workers.endpoint(1, URL, stripe=True, merchant=merchant)
    connect = workers.endpoint(2, URL, stripe=True, connect=True)
    some = workers.endpoint(3, URL, stripe=True, connect=True, events=("charge.succeeded",))
    others = [
        workers.endpoint(4, URL, stripe=True),
        workers.endpoint(5, URL, stripe=True, merchant=another),
        workers.endpoint(6, URL, stripe=True, connect=True, merchant=OTHER_MERCHANT),
    ]
    workers.plan(*paid_on(account))

    assert (to(workers, own), to(workers, connect), to(workers, some)) == (TYPES, TYPES, Counter(["charge.succeeded"]))
    assert [to(workers, endpoint) for endpoint in others] == [Counter()] * 3
    assert {message["merchant"] for message in workers.bodies(HEALTHY)} == {merchant, MERCHANT}


def test_a_platforms_own_events_go_to_no_endpoint_for_those_of_accounts(workers: WebhookWorkers) -> None:
    own, connect = workers.endpoint(1, URL, stripe=True), workers.endpoint(2, URL, stripe=True, connect=True)
    workers.plan(*paid_on())

    assert (to(workers, own), to(workers, connect)) == (TYPES, Counter())


def test_planning_again_plans_no_more(workers: WebhookWorkers) -> None:
    account, _ = new_account()
    workers.endpoint(1, URL, stripe=True, connect=True)
    events = paid_on(account)
    workers.plan(*events)
    before = workers.deliveries()
    workers.plan(*events)

    assert workers.deliveries() == before


def test_the_platform_receives_the_event_with_the_account_that_it_is_of(workers: WebhookWorkers) -> None:
    account, _ = new_account()
    with receiver() as shop:
        connect = workers.endpoint(1, shop.url, stripe=True, connect=True)
        workers.plan(*paid_on(account))
        workers.work()
        received = shop.received
    secret = secret_of_version(workers.held(connect), 1)
    assert {(one.merchant, one.status) for one in workers.stored().values()} == {(MERCHANT, DeliveryStatus.DELIVERED)}
    assert Counter(json.loads(one.body)["type"] for one in received) == TYPES
    for one in received:
        event = stripe.Webhook.construct_event(one.body, one.headers["stripe-signature"], secret, tolerance=10**9)
        body = json.loads(one.body)
        assert (event.account, faults(body, stripe.Event)) == (account, [])
        shown = done(StripeMerchant().ask(GET_STRIPE_EVENT, body["id"], headers={"Stripe-Account": account}))
        assert shown == body | {"pending_webhooks": 0}
        assert wrong(StripeMerchant().get(GET_STRIPE_EVENT, body["id"])) == missing("id")


def test_the_events_of_an_account_are_listed_for_it_alone(workers: WebhookWorkers) -> None:
    account, _ = new_account()
    workers.plan(*paid_on(account))
    workers.wait_for_lists()

    listed = done(StripeMerchant().ask(LIST_STRIPE_EVENTS, headers={"Stripe-Account": account}))["data"]
    assert (Counter(one["type"] for one in listed), {one["account"] for one in listed}) == (TYPES, {account})
    assert done(StripeMerchant().get(LIST_STRIPE_EVENTS))["data"] == []


def test_a_failed_delivery_is_tried_again_for_the_platform(workers: WebhookWorkers) -> None:
    account, _ = new_account()
    with receiver(answers=[500]) as shop:
        workers.endpoint(1, shop.url, stripe=True, connect=True, events=("charge.succeeded",))
        workers.plan(*paid_on(account))
        workers.deliver(*workers.waiting(HEALTHY))
    (delivery,) = workers.stored().values()
    assert (delivery.merchant, delivery.status, delivery.tries) == (MERCHANT, DeliveryStatus.PENDING, 1)


def written(workers: WebhookWorkers, account: str, write: Callable[[], Any]) -> list[tuple[str, str]]:
    """Return the type and the object of each of the account's events of what is written."""
    with recorded() as records:
        write()
    assert publish_object_events.handler({"Records": records}, None) == {"batchItemFailures": []}
    published = [
        StoredEvent(
            id=event["id"],
            merchant=merchant_of_account(account) or "",
            type=event["type"],
            at=parse_timestamp(event["timestamp"]),
            body=json.dumps(event),
        )
        for event in workers.told_about()
    ]
    bodies = [body for event in published for body in stripe_event_bodies(event)]
    assert [fault for body in bodies for fault in faults(body, stripe.Event)] == []
    assert {body["account"] for body in bodies} <= {account}
    return [(body["type"], body["data"]["object"]["id"]) for body in bodies]


def test_what_changes_of_an_account_has_its_events(workers: WebhookWorkers) -> None:
    shop, (account, _) = StripeMerchant(), new_account()

    def add(token: str) -> str:
        return done(shop.post(ROUTE["create_external_account"], account, external_account=token))["id"]

    added: list[str] = []
    events = written(workers, account, lambda: added.append(add("btok_us_verified")))
    bank = added[0]
    assert events == [("account.updated", account), ("account.external_account.created", bank)]
    params: Json = {"metadata": {"sandbox_outcome": "transfers=pending"}}
    events = written(workers, account, lambda: done(shop.post(ROUTE["update_account"], account, **params)))
    assert events == [("account.updated", account), ("capability.updated", "transfers")]
    update: Json = {"metadata": {"a": "1"}}
    events = written(
        workers, account, lambda: done(shop.post(ROUTE["update_external_account"], (account, bank), **update))
    )
    assert events == [("account.updated", account), ("account.external_account.updated", bank)]
    second = add("btok_us_verified_noAccount")
    events = written(workers, account, lambda: done(shop.ask(ROUTE["delete_external_account"], (account, second))))
    assert events == [("account.updated", account), ("account.external_account.deleted", second)]
    events = written(workers, account, lambda: done(shop.ask(ROUTE["delete_account"], account)))
    assert events == [("account.application.deauthorized", application_id(MERCHANT))]


def test_a_new_account_has_the_events_of_its_capabilities_alone(workers: WebhookWorkers) -> None:
    made: list[str] = []
    with recorded() as records:
        made.append(new_account()[0])
    publish_object_events.handler({"Records": records}, None)
    types = [(event["data"]["type"], event["data"]["object"]["id"]) for event in workers.told_about()]
    assert types == [("capability.updated", "card_payments"), ("capability.updated", "transfers")]
