"""Subscriptions on the clock: they renew, are retried, end. Each step at its own time, however the clock is moved."""

from datetime import timedelta

import pytest

from paysandbox.stripe_api.routes import (
    ATTACH_PAYMENT_METHOD,
    DETACH_PAYMENT_METHOD,
    LIST_CUSTOMER_PAYMENT_METHODS,
    RESOURCE_ROUTE as RESOURCE,
)
from tests.stripe_api.handlers.billing.shop import (
    FAILS_LATER,
    SHOP,
    VISA,
    act,
    customer,
    intent_of,
    invoice,
    invoices,
    later,
    subscribed,
    subscription,
)
from tests.support.clients.stripe_merchant import done
from tests.support.worlds.handlers import Clock


def test_a_subscription_is_paid_and_renews(clock: Clock) -> None:
    made = subscribed(expand=["latest_invoice"])
    first = made["latest_invoice"]
    assert (made["status"], first["status"], first["amount_paid"], first["attempt_count"]) == (
        "active",
        "paid",
        1000,
        1,
    )
    item = made["items"]["data"][0]
    later(clock, seconds=item["current_period_end"] - made["created"] + 5)
    renewed = subscription(made, expand=["latest_invoice"])
    draft = renewed["latest_invoice"]
    assert (renewed["status"], draft["status"], draft["billing_reason"]) == ("active", "draft", "subscription_cycle")
    assert (draft["period_start"], draft["period_end"]) == (item["current_period_start"], item["current_period_end"])
    assert draft["lines"]["data"][0]["period"]["start"] == item["current_period_end"]
    later(clock, hours=1)
    paid = invoice(draft["id"])
    assert (paid["status"], paid["number"][-4:], paid["next_payment_attempt"]) == ("paid", "0002", None)
    assert intent_of(paid)["status"] == "succeeded"


def test_a_jump_of_a_year_is_twelve_renewals(clock: Clock) -> None:
    made = subscribed()
    later(clock, days=366)
    found = invoices(subscription=made["id"], limit=100)
    assert len(found) == 13
    assert {each["status"] for each in found} == {"paid"}
    assert [each["number"][-4:] for each in found] == [f"{number:04}" for number in range(13, 0, -1)]
    assert len({intent_of(each)["id"] for each in found}) == 13


@pytest.mark.parametrize("jumps", [1, 20])
def test_a_renewal_that_is_declined_for_ever_ends_it(clock: Clock, jumps: int) -> None:
    bad = customer(FAILS_LATER)
    made = subscribed(None, customer=bad["id"], trial_period_days=3)
    for _ in range(jumps):
        later(clock, days=20 / jumps)
    ended = subscription(made, expand=["latest_invoice"])
    last = ended["latest_invoice"]
    assert (ended["status"], ended["cancellation_details"]["reason"]) == ("canceled", "payment_failed")
    assert (last["status"], last["attempt_count"]) == ("open", 9)
    assert ended["ended_at"] - made["trial_end"] == timedelta(days=14, hours=1).total_seconds()


def test_a_renewal_bills_pending_items(clock: Clock) -> None:
    made = subscribed()
    done(SHOP.post(RESOURCE["create_invoiceitem"], customer=made["customer"], amount=2_00, currency="usd"))
    later(clock, days=32)
    assert [each["amount_paid"] for each in invoices(subscription=made["id"])] == [12_00, 10_00]


def test_a_renewal_without_a_card_waits_for_one(clock: Clock) -> None:
    made = subscribed()
    (card,) = done(SHOP.get(LIST_CUSTOMER_PAYMENT_METHODS, made["customer"]))["data"]
    done(SHOP.post(DETACH_PAYMENT_METHOD, card["id"]))
    later(clock, days=32)
    failed = subscription(made, expand=["latest_invoice"])
    latest = failed["latest_invoice"]
    assert (failed["status"], latest["attempt_count"], latest["next_payment_attempt"]) == ("past_due", 1, None)
    attach(made["customer"])
    assert done(act("pay", latest))["status"] == "paid"
    assert subscription(made)["status"] == "active"


def test_a_decline_that_no_retry_changes_waits_for_another_card(clock: Clock) -> None:
    """Source: Stripe, "Automate payment retries" (hard decline codes)."""
    made = subscribed(metadata={"sandbox_outcome": "decline:lost_card"}, trial_period_days=1)
    later(clock, days=1, hours=2)
    failed = subscription(made, expand=["latest_invoice"])["latest_invoice"]
    assert (failed["attempt_count"], failed["next_payment_attempt"]) == (1, None)
    later(clock, days=14)
    ended = subscription(made, expand=["latest_invoice"])
    assert (ended["status"], ended["latest_invoice"]["attempt_count"]) == ("canceled", 1)


def attach(payer: str) -> None:
    """Give a customer a card that pays."""
    card = done(SHOP.post(ATTACH_PAYMENT_METHOD, VISA, customer=payer))["id"]
    settings = {"default_payment_method": card}
    done(SHOP.post(RESOURCE["update_stripe_customer"], payer, invoice_settings=settings))
