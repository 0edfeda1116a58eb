"""GET /v1/events/{event}: retrieve an event in Stripe's shape."""

import pytest

from paysandbox.core.cards.masking import masked_text
from paysandbox.stripe_api.routes import GET_STRIPE_EVENT, LIST_STRIPE_EVENTS, UPDATE_CHARGE, UPDATE_REFUND
from tests.stripe_api.handlers.pages import listed
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.call import Merchant
from tests.support.clients.stripe_call import StripeReply
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, told, wrong
from tests.support.worlds import table_snapshot


def test_each_of_an_operation_as_it_is_listed() -> None:
    StripeMerchant().paid()
    told()
    events = listed(LIST_STRIPE_EVENTS)
    assert {one["type"] for one in events} == {
        "payment_intent.succeeded",
        "charge.succeeded",
        "charge.updated",
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
    assert shown["data"]["object"] == intent


def test_its_request_is_that_of_the_answer() -> None:
    asks: list[tuple[StripeReply, str | None]] = [
        (StripeMerchant().create(payment_method="pm_card_visa", capture_method="manual", key="create"), "create")
    ]
    intent = done(asks[0][0])["id"]
    asks.append((StripeMerchant().confirm(intent, key='"confirm"'), "confirm"))
    asks.append((StripeMerchant().capture(intent, amount_to_capture=4_00), None))
    asks.append((StripeMerchant().refund(intent, key="4242424242424242"), masked_text("4242424242424242", 255)))
    told()
    requests = {(one["request"]["id"], one["request"]["idempotency_key"]) for one in listed(LIST_STRIPE_EVENTS)}
    assert requests == {(reply.headers["Request-Id"], key) for reply, key in asks}
    assert [key for _, key in requests if "4242" in (key or "")] == []


def test_a_replay_publishes_no_event_and_keeps_the_keys_of_events() -> None:
    first = StripeMerchant().create(key="k")
    StripeMerchant().create(key="k")
    told()
    (created,) = listed(LIST_STRIPE_EVENTS)
    assert created["request"] == {"id": first.headers["Request-Id"], "idempotency_key": "k"}


def test_updates_of_charges_and_refunds_have_events_with_previous_attributes() -> None:
    intent = StripeMerchant().paid()
    refund = done(StripeMerchant().refund(intent["id"], amount=1_00, metadata={"a": "1"}))["id"]
    StripeMerchant().post(UPDATE_REFUND, refund, metadata={"a": "2"})
    StripeMerchant().post(UPDATE_CHARGE, intent["latest_charge"], description="Tea")
    StripeMerchant().post(UPDATE_CHARGE, intent["latest_charge"], description="Tea")  # changes nothing
    told()
    newest = [(one["type"], one["data"].get("previous_attributes")) for one in listed(LIST_STRIPE_EVENTS)[:4]]
    assert newest == [
        ("charge.updated", {"description": None}),
        ("charge.refund.updated", {"metadata": {"a": "1"}}),
        ("refund.updated", {"metadata": {"a": "1"}}),
        ("refund.created", None),
    ]


def test_a_native_payment_has_events_too(demo: Merchant) -> None:
    demo.authorized(10_00)
    told()
    assert [one["type"] for one in listed(LIST_STRIPE_EVENTS)] == [
        "payment_intent.amount_capturable_updated",
        "charge.succeeded",
    ]


@pytest.mark.parametrize("name", ["evt_" + "q" * 26 + "a", "evt_" + "q" * 26, "evt_x", "x" * 200])
def test_unknown_ids_are_not_found(name: str) -> None:
    assert wrong(StripeMerchant().get(GET_STRIPE_EVENT, name)) == missing("id")


def test_events_of_other_merchants_unpublished_and_purged_ones_are_not_found() -> None:
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


def test_nothing_in_it_can_be_expanded() -> None:
    StripeMerchant().opened()
    told()
    (created,) = listed(LIST_STRIPE_EVENTS)
    assert wrong(StripeMerchant().get(GET_STRIPE_EVENT, created["id"], expand=["data.object"]))[3] == "expand"
