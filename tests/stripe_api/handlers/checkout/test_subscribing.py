"""Checkout sessions in mode `subscription`: a payer subscribes on the page, and the subscription renews."""

import time
from datetime import timedelta
from typing import Any

import pytest

from paysandbox.stripe_api.routes import GET_PAYMENT_INTENT, LIST_CUSTOMER_PAYMENT_METHODS
from tests.stripe_api.handlers.billing.shop import (
    from_stream,
    intent_of,
    invoices,
    later,
    ledger_payments,
    price,
    subscription,
)
from tests.stripe_api.handlers.checkout.sessions import (
    CHALLENGED,
    DECLINED,
    SUCCESS,
    create,
    expire,
    item,
    line_items,
    opened,
    page,
    pay,
    shown,
    submit,
)
from tests.stripe_api.handlers.setup_intents.setups import complete as complete_setup
from tests.stripe_api.scenarios import RESOURCE
from tests.support.clients.challenges import complete
from tests.support.clients.stripe_merchant import StripeMerchant, done
from tests.support.worlds.handlers import Clock

SHOP = StripeMerchant()
Session = dict[str, Any]


def selling(**params: Any) -> Session:
    """Create a session that sells a monthly subscription at 10.00 USD, or as in `params`."""
    return opened(**{"mode": "subscription", "line_items": [{"price": price()["id"], "quantity": 1}], **params})


def customer(**params: Any) -> str:
    return done(SHOP.post(RESOURCE["create_stripe_customer"], email="jo@example.com", **params))["id"]


def sold(session: Session, **params: Any) -> Session:
    """Retrieve the subscription that a session has sold."""
    return subscription({"id": shown(session["id"])["subscription"]}, **params)


def test_a_payer_subscribes() -> None:
    session = selling(subscription_data={"metadata": {"plan": "gold"}, "description": "Gold"}, metadata={"cart": "7"})
    assert (session["payment_status"], session["amount_total"], session["subscription"]) == ("unpaid", 10_00, None)
    reply = pay(session["url"])
    assert (reply.status, reply.headers["Location"]) == (303, SUCCESS.replace("{CHECKOUT_SESSION_ID}", session["id"]))
    paid = shown(session["id"], expand=["subscription.latest_invoice", "customer"])
    bought, first = paid["subscription"], paid["subscription"]["latest_invoice"]
    assert (paid["status"], paid["payment_status"], paid["payment_intent"]) == ("complete", "paid", None)
    assert (paid["invoice"], paid["customer_creation"], paid["invoice_creation"]) == (first["id"], None, None)
    assert (bought["status"], bought["metadata"], bought["description"]) == ("active", {"plan": "gold"}, "Gold")
    assert bought["customer"] == paid["customer"]["id"]
    assert (first["status"], first["amount_paid"], first["billing_reason"]) == ("paid", 10_00, "subscription_create")
    assert first["parent"]["subscription_details"]["metadata"] == {"plan": "gold"}
    assert first["number"].endswith("-0001")
    intent = intent_of(first)
    assert (intent["status"], intent["amount"], intent["description"]) == ("succeeded", 10_00, "Subscription creation")


def test_the_card_becomes_the_subscription_s_and_the_customer_s() -> None:
    """Source: Stripe, "Subscriptions" (API reference), default_payment_method; cashier-stripe#1674."""
    session = selling(customer=customer())
    pay(session["url"])
    bought = sold(session)
    (card,) = done(SHOP.get(LIST_CUSTOMER_PAYMENT_METHODS, bought["customer"]))["data"]
    assert bought["default_payment_method"] == card["id"]
    assert done(SHOP.get(RESOURCE["get_stripe_customer"], bought["customer"]))["next_invoice_sequence"] == 2


def test_it_renews(clock: Clock) -> None:
    session = selling()
    pay(session["url"])
    later(clock, days=32)
    found = invoices(subscription=sold(session)["id"])
    assert [(each["status"], each["billing_reason"]) for each in found] == [
        ("paid", "subscription_cycle"),
        ("paid", "subscription_create"),
    ]


def test_what_is_sold_once_is_billed_by_the_first_invoice(clock: Clock) -> None:
    seats = {"price": price(5_00)["id"], "quantity": 3}
    session = selling(line_items=[seats, item(20_00)])
    assert session["amount_total"] == 35_00
    pay(session["url"])
    bought = sold(session, expand=["latest_invoice"])
    assert [each["quantity"] for each in bought["items"]["data"]] == [3]
    assert sorted(line["amount"] for line in bought["latest_invoice"]["lines"]["data"]) == [15_00, 20_00]
    later(clock, days=32)
    assert [each["amount_due"] for each in invoices(subscription=bought["id"])] == [15_00, 35_00]


def test_prices_can_be_created_with_the_session() -> None:
    monthly = {
        "currency": "usd",
        "unit_amount": 7_00,
        "recurring": {"interval": "month"},
        "product_data": {"name": "A"},
    }
    session = selling(line_items=[{"price_data": monthly, "quantity": 2}])
    pay(session["url"])
    (bought,) = sold(session)["items"]["data"]
    assert (bought["price"]["unit_amount"], bought["price"]["recurring"]["interval"], bought["quantity"]) == (
        7_00,
        "month",
        2,
    )


@pytest.mark.parametrize("trial", [{"trial_period_days": 7}, {"trial_end": 7 * 86_400}])
def test_a_trial_takes_a_card_and_no_money(clock: Clock, trial: dict[str, int]) -> None:
    if "trial_end" in trial:
        trial = {"trial_end": int(time.time()) + trial["trial_end"]}
    session = selling(subscription_data=trial)
    assert (session["amount_total"], session["payment_status"], session["setup_intent"]) == (
        0,
        "no_payment_required",
        None,
    )
    reply = submit(session["url"], {"email": "jo@example.com", "action": "pay"})
    assert reply.status == 400
    pay(session["url"])
    bought = sold(session, expand=["latest_invoice", "default_payment_method"])
    assert (bought["status"], bought["default_payment_method"]["card"]["last4"]) == ("trialing", "4242")
    assert bought["trial_end"] - bought["start_date"] == pytest.approx(7 * 86_400, abs=60)
    assert (bought["latest_invoice"]["status"], bought["latest_invoice"]["amount_due"]) == ("paid", 0)
    assert ledger_payments() == []
    later(clock, days=7, hours=2)
    assert [(each["status"], each["amount_paid"]) for each in invoices(subscription=bought["id"])] == [
        ("paid", 10_00),
        ("paid", 0),
    ]
    assert sold(session)["status"] == "active"


def test_a_trial_needs_no_card_if_the_shop_says_so() -> None:
    session = selling(subscription_data={"trial_period_days": 7}, payment_method_collection="if_required")
    reply = submit(session["url"], {"email": "jo@example.com", "action": "pay"})
    assert reply.status == 303
    bought = sold(session)
    assert (bought["status"], bought["default_payment_method"]) == ("trialing", None)
    assert shown(session["id"])["customer_details"]["email"] == "jo@example.com"


def test_a_payer_whose_card_is_declined_takes_another() -> None:
    session = selling()
    assert pay(session["url"], DECLINED).json["error"]["decline_code"] == "generic_decline"
    assert (shown(session["id"])["status"], shown(session["id"])["subscription"]) == ("open", None)
    assert invoices() == []
    assert pay(session["url"]).status == 303
    bought = sold(session, expand=["latest_invoice"])
    assert (bought["status"], bought["latest_invoice"]["attempt_count"]) == ("active", 1)
    assert len(ledger_payments()) == 1


def test_a_cardholder_who_is_authenticated_subscribes() -> None:
    session = selling()
    challenge = pay(session["url"], CHALLENGED)
    assert shown(session["id"])["status"] == "open"
    complete(challenge.headers["Location"])
    page(session["url"])
    assert sold(session)["status"] == "active"


def test_a_cardholder_of_a_trial_who_is_authenticated_subscribes() -> None:
    session = selling(subscription_data={"trial_period_days": 7})
    challenge = pay(session["url"], CHALLENGED)
    assert shown(session["id"])["status"] == "open"
    complete_setup(challenge.headers["Location"])
    page(session["url"])
    assert sold(session)["status"] == "trialing"


def test_the_payment_of_an_open_session_names_an_invoice_that_is_not_there_yet() -> None:
    session = selling()
    pay(session["url"], DECLINED)
    (payment,) = ledger_payments()
    name = f"pi_{payment.id.removeprefix('auth_')}"
    intent = done(StripeMerchant(version="2024-06-20").get(GET_PAYMENT_INTENT, name, expand=["invoice"]))
    assert intent["status"] == "requires_payment_method"
    assert intent["invoice"].startswith("in_")
    pay(session["url"])
    intent = done(StripeMerchant(version="2024-06-20").get(GET_PAYMENT_INTENT, name, expand=["invoice"]))
    assert intent["invoice"]["id"] == shown(session["id"])["invoice"]


def test_a_session_sells_one_subscription() -> None:
    session = selling()
    pay(session["url"])
    before = sold(session), invoices()
    from_stream()
    assert pay(session["url"]).status == 303
    assert (sold(session), invoices()) == before
    assert len(ledger_payments()) == 1


def test_an_expired_session_sells_nothing() -> None:
    session = selling()
    pay(session["url"], DECLINED)
    done(expire(session["id"]))
    assert pay(session["url"]).json["detail"] == "This Checkout Session has expired."
    assert (invoices(), shown(session["id"])["subscription"]) == ([], None)


def test_the_payer_chooses_a_quantity() -> None:
    seats = {"price": price()["id"], "quantity": 1, "adjustable_quantity": {"enabled": True}}
    session = selling(line_items=[seats])
    (line,) = done(line_items(session["id"]))["data"]
    pay(session["url"], **{f"quantity[{line['id']}]": "4"})
    bought = sold(session, expand=["latest_invoice"])
    assert (bought["items"]["data"][0]["quantity"], bought["latest_invoice"]["amount_paid"]) == (4, 40_00)


def test_sessions_are_listed_by_what_they_have_sold() -> None:
    session, _ = selling(), selling()
    pay(session["url"])
    listed = SHOP.get(RESOURCE["list_checkout_sessions"], subscription=sold(session)["id"])
    assert [each["id"] for each in done(listed)["data"]] == [session["id"]]


OLD = StripeMerchant(version="2020-08-27")


@pytest.mark.parametrize(
    "data, days",
    [({}, None), ({"trial_from_plan": True}, 5), ({"trial_from_plan": True, "trial_period_days": 9}, 9)],
)
def test_older_versions_name_plans(data: Any, days: int | None) -> None:
    """As Ghost does: without a mode, and without line items."""
    plan = price(trial_period_days=5)["id"]
    params = {"success_url": SUCCESS, "subscription_data": {"items": [{"plan": plan}], **data}}
    session = done(OLD.post(RESOURCE["create_checkout_session"], **params))
    assert (session["mode"], session["amount_total"]) == ("subscription", 0 if days else 10_00)
    pay(session["url"])
    bought = sold(session)
    assert [each["price"]["id"] for each in bought["items"]["data"]] == [plan]
    assert (bought["trial_end"] or 0) - bought["start_date"] * bool(days) == 86_400 * (days or 0)


@pytest.mark.parametrize("shop, param", [(SHOP, "subscription_data[items]"), (OLD, "line_items")])
def test_plans_stand_for_line_items(shop: StripeMerchant, param: str) -> None:
    plan = price()["id"]
    data = {"line_items": [{"price": plan, "quantity": 1}], "subscription_data": {"items": [{"plan": plan}]}}
    params = {"mode": "subscription", "success_url": SUCCESS, **data}
    assert shop.post(RESOURCE["create_checkout_session"], **params).error["param"] == param


@pytest.mark.parametrize("enabled, status", [(True, "complete"), (False, None)])
def test_automatic_tax_is_accepted_and_is_0(enabled: bool, status: str | None) -> None:
    session = selling(automatic_tax={"enabled": enabled})
    pay(session["url"])
    paid = shown(session["id"], expand=["subscription"])
    assert (paid["automatic_tax"]["enabled"], paid["automatic_tax"]["status"]) == (enabled, status)
    assert paid["subscription"]["automatic_tax"]["enabled"] is enabled
    assert (paid["amount_total"], paid["total_details"]["amount_tax"]) == (10_00, 0)


@pytest.mark.parametrize(
    "params, param, detail",
    [
        ({"line_items": [item()]}, "line_items", "at least one recurring price"),
        ({"customer_creation": "always"}, "customer_creation", "not allowed in `subscription` mode"),
        ({"invoice_creation": {"enabled": True}}, "invoice_creation", "not allowed in `subscription` mode"),
        ({"payment_intent_data": {"description": "x"}}, "payment_intent_data", "`subscription` mode"),
        ({"discounts": [{"coupon": "ten"}]}, "discounts", "not simulated yet"),
        ({"subscription_data": {"trial_end": 1}}, "subscription_data[trial_end]", "at least 2 days"),
        ({"subscription_data": {"trial_end": 9_000_000_000}}, "subscription_data[trial_end]", "730"),
        (
            {"subscription_data": {"trial_end": 9_000_000_000, "trial_period_days": 7}},
            "subscription_data[trial_end]",
            "one of these parameters",
        ),
        ({"subscription_data": {"trial_period_days": 731}}, "subscription_data[trial_period_days]", "730"),
    ],
)
def test_what_a_subscription_is_not_sold_with(params: Any, param: str, detail: str) -> None:
    monthly = [{"price": price()["id"], "quantity": 1}]
    error = create(**{"mode": "subscription", "line_items": monthly, **params}).error
    assert error["param"] == param
    assert detail in error["message"]


def test_prices_of_several_periods_are_refused() -> None:
    every = [{"price": price(interval=interval)["id"], "quantity": 1} for interval in ("month", "year")]
    assert create(mode="subscription", line_items=every).error["param"] == "line_items[1][price]"


def test_data_of_a_subscription_needs_the_mode() -> None:
    assert create(subscription_data={"description": "Gold"}).error["param"] == "subscription_data"


def test_the_page_says_what_recurs() -> None:
    session = selling(
        line_items=[{"price": price()["id"], "quantity": 1}, {"price": price(interval_count=1)["id"], "quantity": 2}],
        subscription_data={"trial_period_days": 7},
    )
    text = page(session["url"]).text
    assert "$10.00 / month" in text
    assert "7 days free" in text
    assert "Start trial" in text
    assert "Subscribe" in page(selling()["url"]).text


def test_a_payer_whose_request_is_dated_before_the_session_has_a_new_customer(clock: Clock) -> None:
    """Clocks of functions differ."""
    session = selling(subscription_data={"trial_period_days": 7}, payment_method_collection="if_required")
    clock.advance(timedelta(seconds=-5))
    assert submit(session["url"], {"email": "jo@example.com", "action": "pay"}).status == 303
    assert sold(session)["status"] == "trialing"
