"""The audit of billing over what the routes and the sweep leave: a healthy history has no break, at any time of it."""

from typing import Any

from paysandbox.aws.schema import STRIPE_OBJECTS_KEY
from paysandbox.stripe_api.resource_kit.tables import objects_table
from paysandbox.stripe_api.routes import ATTACH_PAYMENT_METHOD
from tests.stripe_api.handlers.billing.billing_audit import billing_breaks
from tests.stripe_api.handlers.billing.shop import (
    FAILS_LATER,
    SHOP,
    VISA,
    Body,
    act,
    customer,
    draft,
    finalized,
    invoice,
    invoices,
    later,
    subscribed,
    subscription,
)
from tests.stripe_api.scenarios import RESOURCE
from tests.support.clients.stripe_merchant import done
from tests.support.worlds import table_snapshot, tables
from tests.support.worlds.handlers import Clock


def cancel(of: Body) -> Body:
    return done(SHOP.ask(RESOURCE["cancel_subscription"], of["id"]))


def fix_card(of: Body) -> None:
    """Give a customer a card that pays."""
    card = done(SHOP.post(ATTACH_PAYMENT_METHOD, VISA, customer=of["customer"]))["id"]
    settings = {"default_payment_method": card}
    done(SHOP.post(RESOURCE["update_stripe_customer"], of["customer"], invoice_settings=settings))


def pay(of: Body, **params: Any) -> Body:
    return done(act("pay", of, **params))


def test_a_healthy_history_has_no_break(clock: Clock) -> None:
    made = subscribed()
    failing = subscribed(None, customer=customer(FAILS_LATER)["id"], trial_period_days=2)
    incomplete = subscribed(FAILS_LATER)
    assert billing_breaks() == []
    later(clock, days=3)
    assert subscription(failing)["status"] == "past_due"
    assert billing_breaks() == []
    fix_card(failing)
    later(clock, days=2)
    assert (subscription(failing)["status"], subscription(incomplete)["status"]) == ("active", "incomplete_expired")
    later(clock, days=28, hours=2)
    assert len(invoices(subscription=made["id"])) == 2
    by_hand = {"customer": made["customer"]}
    pay(finalized(**by_hand))
    done(act("void", finalized(**by_hand)))
    pay(finalized(**by_hand), paid_out_of_band=True)
    done(act("mark_uncollectible", finalized(**by_hand)))
    draft(**by_hand, auto_advance=True)
    assert billing_breaks() == []
    later(clock, days=1)
    cancel(made)
    done(SHOP.post(RESOURCE["update_subscription"], failing["id"], cancel_at_period_end=True))
    later(clock, days=40)
    assert subscription(failing)["status"] == "canceled"
    assert billing_breaks() == []


def test_a_draft_of_a_subscription_that_is_paid_elsewhere(clock: Clock) -> None:
    """What falls due on it is over at once, and not only after the next sweep."""
    made = subscribed(trial_period_days=1)
    later(clock, days=1, minutes=1)
    (renewal, _) = invoices(subscription=made["id"])
    assert renewal["status"] == "draft"
    pay(renewal, paid_out_of_band=True)
    assert invoice(renewal["id"])["status"] == "paid"
    assert billing_breaks() == []


def test_a_trial_that_ends_at_another_time(clock: Clock) -> None:
    made = subscribed(trial_period_days=9)
    end = made["created"] + 5 * 86_400
    done(SHOP.post(RESOURCE["update_subscription"], made["id"], trial_end=end))
    later(clock, days=1)
    done(SHOP.post(RESOURCE["update_subscription"], made["id"], trial_end="now"))
    assert billing_breaks() == []
    later(clock, days=65)
    assert billing_breaks() == []


def test_the_numbers_of_a_customer_start_again() -> None:
    """A merchant may set the number of the next invoice."""
    name = customer()["id"]
    finalized(customer=name)
    done(SHOP.post(RESOURCE["update_stripe_customer"], name, next_invoice_sequence=40))
    assert finalized(customer=name)["number"][-4:] == "0040"
    assert billing_breaks() == []


def test_what_was_written_during_the_scan_is_read_again(clock: Clock) -> None:
    """The ledger was read before the renewal was paid, and the objects after it."""
    made = subscribed()
    payments = table_snapshot.items()
    later(clock, days=33)
    assert {each["status"] for each in invoices(subscription=made["id"])} == {"paid"}
    (unread,) = billing_breaks(payments=payments)
    assert unread.detail == "its payment was attempted, and the ledger has none"
    looks = iter([True])
    assert billing_breaks(payments=payments, meanwhile=lambda: next(looks, False)) == []


def test_a_payment_whose_invoice_is_not_stored_is_read_again() -> None:
    made = subscribed()
    objects = table_snapshot.items_of(tables.STRIPE_OBJECTS)
    (lost,) = (each for each in objects if each["id"]["S"] == made["latest_invoice"])
    client, key = objects_table().client, {STRIPE_OBJECTS_KEY: lost[STRIPE_OBJECTS_KEY]}
    client.delete_item(TableName=tables.STRIPE_OBJECTS, Key=key)
    assert {each.rule for each in billing_breaks()} == {"paid", "periods", "numbers"}

    def stored_meanwhile() -> bool:
        client.put_item(TableName=tables.STRIPE_OBJECTS, Item=lost)
        return next(looks, False)

    looks = iter([True])
    assert billing_breaks(meanwhile=stored_meanwhile) == []


def test_an_object_that_cannot_be_read_is_a_break() -> None:
    made = subscribed()
    (whole,) = (each for each in table_snapshot.items_of(tables.STRIPE_OBJECTS) if each["id"]["S"] == made["id"])
    client = objects_table().client
    client.put_item(TableName=tables.STRIPE_OBJECTS, Item={**whole, "attributes": {"S": "{}"}})
    assert [each.rule for each in billing_breaks()][:1] == ["layout"]
    client.put_item(TableName=tables.STRIPE_OBJECTS, Item=whole)
