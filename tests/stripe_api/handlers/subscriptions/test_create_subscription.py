"""POST /v1/subscriptions."""

from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from tests.stripe_api.handlers.billing.shop import (
    FAILS_LATER,
    NEEDS_PAYER,
    SHOP,
    customer,
    intent_of,
    invoices,
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
