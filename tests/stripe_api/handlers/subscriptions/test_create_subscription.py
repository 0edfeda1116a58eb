"""POST /v1/subscriptions."""

import time
from typing import Any

import pytest

from paysandbox.stripe_api.routes import ATTACH_PAYMENT_METHOD, RESOURCE_ROUTE as RESOURCE
from tests.stripe_api.handlers.billing.shop import (
    FAILS_LATER,
    NEEDS_PAYER,
    SHOP,
    VISA,
    customer,
    intent_of,
    invoices,
    price,
    subscribe,
    subscribed,
    subscription,
)
from tests.support.clients.stripe_merchant import done


def test_it_is_active_once_its_first_invoice_is_paid() -> None:
    made = subscribed(expand=["latest_invoice"], metadata={"order_id": "6735"})
    first = made["latest_invoice"]
    assert (made["status"], first["status"], first["billing_reason"]) == ("active", "paid", "subscription_create")
    assert first["parent"]["subscription_details"] == {"metadata": {"order_id": "6735"}, "subscription": made["id"]}
    assert intent_of(first)["description"] == "Subscription creation"


def test_the_same_key_gets_the_same_answer() -> None:
    params = {"customer": customer()["id"], "items": subscribed()["items"]["data"]}
    params["items"] = [{"price": params["items"][0]["price"]["id"]}]
    first = subscribe(key="k", **params)
    done(SHOP.post(RESOURCE["update_subscription"], done(first)["id"], metadata={"later": "1"}))
    assert subscribe(key="k", **params).text == first.text
    assert len(invoices(customer=params["customer"])) == 1


def test_a_decline_leaves_it_incomplete_or_nothing_behind() -> None:
    made = subscribed(FAILS_LATER)
    assert made["status"] == "incomplete"
    payer = customer(FAILS_LATER)["id"]
    refused = subscribe(customer=payer, payment_behavior="error_if_incomplete")
    assert (refused.status, refused.error["code"]) == (402, "card_declined")
    assert invoices(customer=payer) == []


def test_a_card_that_needs_its_payer_leaves_an_intent_for_them() -> None:
    made = subscribed(NEEDS_PAYER, expand=["latest_invoice.confirmation_secret"])
    waiting = made["latest_invoice"]
    assert (made["status"], waiting["status"], waiting["attempted"]) == ("incomplete", "open", True)
    assert (waiting["attempt_count"], waiting["next_payment_attempt"]) == (0, None)
    assert waiting["confirmation_secret"]["client_secret"].startswith("pi_")


def test_without_a_card_it_is_refused_in_stripes_words() -> None:
    refused = subscribe(None)
    assert (refused.status, refused.error["code"]) == (400, "resource_missing")
    assert refused.error["message"].startswith("This customer has no attached payment source")


def test_what_waits_for_its_payer_is_active_after_the_confirmation() -> None:
    from paysandbox.stripe_api.routes import CONFIRM_PAYMENT_INTENT

    made = subscribed(None, payment_behavior="default_incomplete", expand=["latest_invoice"])
    intent = intent_of(made["latest_invoice"])
    assert (made["status"], intent["status"]) == ("incomplete", "requires_payment_method")
    done(SHOP.post(CONFIRM_PAYMENT_INTENT, intent["id"], payment_method="pm_card_visa", return_url="https://a.example"))
    assert subscription(made)["status"] == "active"


# --- what it is made of -----------------------------------------------------------------------------------------------


def one_time(amount: int = 5_00, **params: Any) -> str:
    """Create a price that does not recur."""
    product = done(SHOP.post(RESOURCE["create_product"], name="Setup"))["id"]
    fields = {"product": product, "unit_amount": amount, "currency": "usd", **params}
    return done(SHOP.post(RESOURCE["create_price"], **fields))["id"]


def product_of(name: str) -> str:
    return done(SHOP.get(RESOURCE["get_price"], name))["product"]


def test_a_price_can_be_created_with_it() -> None:
    data = {
        "currency": "usd",
        "unit_amount": 3_00,
        "product": product_of(one_time()),
        "recurring": {"interval": "year"},
    }
    made = subscribed(items=[{"price_data": data, "quantity": 2}], expand=["latest_invoice"])
    assert made["items"]["data"][0]["price"]["recurring"]["interval"] == "year"
    assert made["latest_invoice"]["amount_paid"] == 6_00


def test_its_first_invoice_bills_pending_and_added_items() -> None:
    payer, setup = customer()["id"], one_time()
    done(SHOP.post(RESOURCE["create_invoiceitem"], customer=payer, amount=2_00, currency="usd"))
    extra = {"currency": "usd", "unit_amount": 1_00, "product": product_of(setup)}
    added = [{"price": setup, "quantity": 2}, {"price_data": extra}]
    made = subscribed(customer=payer, add_invoice_items=added, expand=["latest_invoice"])
    amounts = [line["amount"] for line in made["latest_invoice"]["lines"]["data"]]
    assert sorted(amounts) == [1_00, 2_00, 10_00, 10_00]
    assert done(SHOP.get(RESOURCE["list_invoiceitems"], customer=payer, pending=True))["data"] == []


def test_a_trial_can_be_that_of_the_price_or_none() -> None:
    plan = price(trial_period_days=5)["id"]
    of_price = subscribed(items=[{"price": plan}], trial_from_plan=True)
    assert of_price["trial_end"] - of_price["created"] == 5 * 86_400
    assert subscribed(items=[{"price": plan}], trial_end="now")["status"] == "active"


def test_what_it_cannot_be_made_of(subtests: pytest.Subtests) -> None:
    monthly, yearly, once = price()["id"], price(interval="year")["id"], one_time()
    inactive, euros = price()["id"], one_time(currency="eur", recurring={"interval": "month"})
    done(SHOP.post(RESOURCE["update_price"], inactive, active=False))
    payer, others = customer()["id"], done(SHOP.post(ATTACH_PAYMENT_METHOD, VISA, customer=customer()["id"]))["id"]
    now = int(time.time())
    item = {"price": monthly}
    two_ends = {"cancel_at": now + 86_400, "cancel_at_period_end": True}
    for params, param, words in (
        ({"customer": "cus_none"}, "customer", "No such customer"),
        ({"items": [{"price": once}]}, "items[0][price]", "type=one_time"),
        ({"items": [{"price": inactive}]}, "items[0][price]", "inactive"),
        ({"items": [{"price": "price_none"}]}, "items[0][price]", "No such price"),
        ({"items": [{"quantity": 1}]}, "items[0][price]", "Missing required param"),
        ({"items": [{**item, "plan": monthly}]}, "items[0][price]", "only specify one"),
        ({"items": [item, {"price": yearly}]}, "items[1][price]", "same `recurring.interval`"),
        ({"items": [item, {"price": euros}]}, "items[1][price]", "currency"),
        ({"trial_end": now + 86_400, "trial_period_days": 3}, "trial_end", "only specify one"),
        ({"trial_end": now - 60}, "trial_end", "in the future"),
        ({"trial_end": now + 900 * 86_400}, "trial_end", "two years"),
        (two_ends, "cancel_at", "only specify one"),
        ({"cancel_at": now - 60}, "cancel_at", "in the future"),
        ({"days_until_due": 3}, "days_until_due", "send_invoice"),
        ({"collection_method": "send_invoice"}, "days_until_due", "Missing required param"),
        ({"default_payment_method": others}, "default_payment_method", "attached to the customer"),
        ({"add_invoice_items": [{"price": "price_none"}]}, "add_invoice_items[0][price]", "No such price"),
    ):
        with subtests.test(param, words=words):
            refused = subscribe(**{"customer": payer, "items": [item], **params})
            assert (refused.status, refused.error["param"]) == (400, param)
            assert words in refused.error["message"]
    assert invoices(customer=payer) == []


def test_error_if_incomplete_leaves_nothing_behind_for_a_card_that_needs_its_payer() -> None:
    """Source: stripe-php#665."""
    payer = customer(NEEDS_PAYER)["id"]
    refused = subscribe(customer=payer, payment_behavior="error_if_incomplete")
    assert (refused.status, refused.error["code"]) == (402, "subscription_payment_intent_requires_action")
    assert invoices(customer=payer) == []
