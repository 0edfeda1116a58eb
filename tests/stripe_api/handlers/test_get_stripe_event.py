"""GET /v1/events/{event}: retrieve an event in Stripe's shape."""

import pytest

from paysandbox.stripe_api.routes import GET_STRIPE_EVENT, LIST_STRIPE_EVENTS
from tests.stripe_api.handlers.pages import listed
from tests.support import table_snapshot
from tests.support.build import OTHER_MERCHANT
from tests.support.call import Merchant
from tests.support.stripe_merchant import StripeMerchant, done, missing, told, wrong


def test_each_of_an_operation_as_it_is_listed() -> None:
    StripeMerchant().paid()
    told()
    events = listed(LIST_STRIPE_EVENTS)
    assert {one["type"] for one in events} == {
        "payment_intent.succeeded",
        "charge.succeeded",
        "payment_intent.created",
    }
    assert [done(StripeMerchant().get(GET_STRIPE_EVENT, one["id"])) for one in events] == events


def test_its_object_is_as_it_was_then() -> None:
    intent = StripeMerchant().opened()
    told()
    (created,) = listed(LIST_STRIPE_EVENTS)
    StripeMerchant().confirm(intent["id"])
    shown = done(StripeMerchant().get(GET_STRIPE_EVENT, created["id"]))
    assert shown == created
    assert shown["data"]["object"] | {"client_secret": intent["client_secret"]} == intent


def test_a_native_payment_is_told_too(demo: Merchant) -> None:
    demo.authorized(10_00)
    told()
    assert [one["type"] for one in listed(LIST_STRIPE_EVENTS)] == [
        "payment_intent.amount_capturable_updated",
        "charge.succeeded",
    ]


@pytest.mark.parametrize("name", ["evt_" + "q" * 26 + "a", "evt_" + "q" * 26, "evt_x", "x" * 200])
def test_what_is_not_there(name: str) -> None:
    assert wrong(StripeMerchant().get(GET_STRIPE_EVENT, name)) == missing("id")


def test_another_merchants_what_was_never_told_and_what_was_purged_are_not_there() -> None:
    StripeMerchant().opened()
    told()
    (created,) = listed(LIST_STRIPE_EVENTS)
    assert wrong(StripeMerchant(OTHER_MERCHANT).get(GET_STRIPE_EVENT, created["id"])) == missing("id")
    assert wrong(StripeMerchant().get(GET_STRIPE_EVENT, created["id"][:-1] + "k")) == missing("id")
    webhooks = table_snapshot.take_webhooks()
    table_snapshot.put_back(table_snapshot.EMPTY)
    table_snapshot.put_back_webhooks(webhooks)
    assert wrong(StripeMerchant().get(GET_STRIPE_EVENT, created["id"])) == missing("id")
    assert listed(LIST_STRIPE_EVENTS) == []


def test_nothing_of_it_is_expanded() -> None:
    StripeMerchant().opened()
    told()
    (created,) = listed(LIST_STRIPE_EVENTS)
    assert wrong(StripeMerchant().get(GET_STRIPE_EVENT, created["id"], expand=["data.object"]))[3] == "expand"
