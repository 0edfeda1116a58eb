"""Checkout sessions: created, updated, listed, and what they show."""

import time
from datetime import timedelta
from typing import Any

import pytest

from tests.stripe_api.handlers.checkout.sessions import (
    SUCCESS,
    create,
    item,
    line_items,
    opened,
    pay,
    saving,
    shown,
    submit,
    typed,
)
from tests.stripe_api.scenarios import RESOURCE
from tests.support.clients.stripe_merchant import StripeMerchant, done, wrong
from tests.support.worlds.handlers import Clock, Told

SHOP = StripeMerchant()
HOSTED_ONLY = {"success_url": None, "return_url": "https://shop.example/back"}


def made(route: str, **params: Any) -> str:
    return done(SHOP.post(RESOURCE[route], **params))["id"]


def price(**params: Any) -> str:
    return made("create_price", **{"currency": "usd", "unit_amount": 7_00, "product_data": {"name": "Tea"}, **params})


def listed(**params: Any) -> list[str]:
    return [session["id"] for session in done(SHOP.get(RESOURCE["list_checkout_sessions"], **params))["data"]]


# --- create -----------------------------------------------------------------------------------------------------------


def test_a_new_session() -> None:
    session = opened(client_reference_id="cart-7", metadata={"a": "b"})
    assert session.items() >= {
        "object": "checkout.session", "mode": "payment", "status": "open", "payment_status": "unpaid",
        "amount_subtotal": 20_00, "amount_total": 20_00, "currency": "usd", "client_reference_id": "cart-7",
        "metadata": {"a": "b"}, "payment_intent": None, "ui_mode": "hosted_page", "customer_creation": "if_required",
    }.items()  # fmt: skip
    assert session["id"].startswith("cs_test_")
    assert session["expires_at"] == session["created"] + 24 * 3600
    assert session["url"].startswith(f"https://127.0.0.1/c/pay/demo/{session['id']}/")


@pytest.mark.parametrize("params, enabled", [({}, False), ({"adaptive_pricing": {"enabled": "true"}}, True)])
def test_adaptive_pricing_is_shown_and_converts_nothing(params: Any, enabled: bool) -> None:
    session = opened(**params)
    assert session["adaptive_pricing"] == {"enabled": enabled}
    assert (session["currency"], session["currency_conversion"]) == ("usd", None)


def test_items_by_price_and_by_data() -> None:
    tea = price()
    product = made("create_product", name="Cup")
    cup = {"currency": "usd", "unit_amount_decimal": "3.0", "product": product}
    session = opened(line_items=[{"price": tea, "quantity": 2}, {"price_data": cup, "quantity": 3}, item(1_00)])
    items = done(line_items(session["id"], expand=["data.price.product"]))["data"]
    assert [(each["description"], each["quantity"], each["amount_total"]) for each in items] == [
        ("Tea", 2, 14_00), ("Cup", 3, 9), ("Hat", 1, 1_00),
    ]  # fmt: skip
    assert (items[0]["price"]["id"], items[1]["price"]["product"]["id"]) == (tea, product)
    assert (items[2]["price"]["active"], items[2]["price"]["product"]["active"]) == (False, False)
    assert session["amount_total"] == 15_09


def test_a_product_that_a_session_names_cannot_be_deleted() -> None:
    product = made("create_product", name="Cup")
    opened(line_items=[{"price_data": {"currency": "usd", "unit_amount": 50, "product": product}, "quantity": 1}])
    assert SHOP.ask(RESOURCE["delete_product"], product).status == 400


@pytest.mark.parametrize(
    "params, param, detail",
    [
        ({"mode": None}, "mode", "Missing required param: mode."),
        ({"success_url": None}, "success_url", "Missing required param: success_url."),
        ({"success_url": "shop"}, "success_url", "Not a valid URL"),
        ({"cancel_url": "javascript:alert(1)"}, "cancel_url", "Not a valid URL"),
        ({"line_items": None}, "line_items", "Missing required param: line_items."),
        ({"return_url": "https://shop.example"}, "return_url", "`return_url` is not allowed if `ui_mode` is"),
        ({"ui_mode": "embedded"}, "ui_mode", "Invalid ui_mode: must be one of elements, embedded_page, form, or"),
        ({"ui_mode": "embedded_page"}, "success_url", "`success_url` is not allowed if `ui_mode` is `embedded_page`."),
        ({"ui_mode": "elements", "success_url": None}, "return_url", "Missing required param: return_url."),
        (
            {"ui_mode": "elements", "redirect_on_completion": "never", **HOSTED_ONLY},
            "return_url",
            "`return_url` is not allowed if `redirect_on_completion` is `never`.",
        ),
        ({"setup_intent_data": {"description": "a"}}, "setup_intent_data", "You can not pass `setup_intent_data` in"),
        ({"mode": "setup", "line_items": None}, "currency", "Missing required param: currency."),
        ({"mode": "setup", "currency": "usd"}, "line_items", "`line_items` is not allowed in `setup` mode."),
        ({"customer_update": {"name": "auto"}}, "customer_update", "`customer_update` can only be used when"),
        ({"customer": "cus_none"}, "customer", "No such customer: 'cus_none'"),
        ({"customer": "cus_1", "customer_email": "a@b.c"}, "customer", "You may only specify one of these parameters"),
        ({"line_items": [{"quantity": 1}]}, "line_items[0]", "You must specify either `price` or `price_data`"),
        (
            {"line_items": [{"price": "price_none", "quantity": 1}]},
            "line_items[0][price]",
            "No such price: 'price_none'",
        ),
        ({"line_items": [{"price": "p", **item()}]}, "line_items[0]", "You may only specify one of these parameters"),
        ({"line_items": [{**item(), "quantity": 0}]}, "line_items[0]", "A quantity is at least 1."),
        ({"line_items": [{"price_data": item()["price_data"]}]}, "line_items[0][quantity]", "Missing required param"),
        (
            {"line_items": [{"price_data": {"currency": "usd", "unit_amount": 1}, "quantity": 1}]},
            "line_items[0][price_data]",
            "You must specify either `product` or `product_data` when creating a price.",
        ),
        (
            {"line_items": [{"price_data": {"currency": "usd", "product_data": {"name": "a"}}, "quantity": 1}]},
            "line_items[0][price_data]unit_amount",
            "Prices require an `unit_amount` or `unit_amount_decimal` parameter to be set.",
        ),
        (
            {"line_items": [{**item(), "price_data": {**item()["price_data"], "recurring": {"interval": "day"}}}]},
            "line_items",
            "You specified `payment` mode but passed a recurring price.",
        ),
        ({"line_items": [item()] * 41}, "line_items", "At most 40 line items can have `price_data`."),
        ({"line_items": [item(99_999_999, 2)]}, "line_items", "The Checkout Session's total amount is too large."),
        ({"currency": "eur"}, "line_items[0]", "All line items of a Checkout Session have the same currency."),
        ({"payment_link": "plink_1"}, "payment_link", "Received unknown parameter: payment_link"),
        (
            {"subscription_data": {"trial_period_days": 1}},
            "subscription_data",
            "You can not pass `subscription_data` in",
        ),
    ],
)
def test_what_a_new_session_cannot_have(params: Any, param: str, detail: str) -> None:
    refused = create(**params)
    assert refused.status == 400
    assert detail in refused.error["message"]
    assert refused.error["param"] == param


def test_less_than_the_minimum_cannot_be_due(told: Told) -> None:
    """Nothing can."""
    told(minimum_amount=50)
    refused = create(line_items=[item(49)])
    assert (refused.status, refused.error["code"], refused.error["param"]) == (400, "amount_too_small", "line_items")
    assert create(line_items=[item(50)]).status == create(line_items=[item(0)]).status == 200


@pytest.mark.parametrize("after, word", [(1799, "at least 30 minutes"), (24 * 3600 + 60, "less than 24 hours")])
def test_a_session_is_open_for_half_an_hour_to_a_day(after: int, word: str) -> None:
    refused = create(expires_at=int(time.time()) + after)
    assert (refused.status, word in refused.error["message"]) == (400, True)


@pytest.mark.parametrize(
    "of, detail", [({"active": False}, "inactive"), ({"recurring": {"interval": "month"}}, "recurring")]
)
def test_prices_that_cannot_be_sold(of: Any, detail: str) -> None:
    refused = create(line_items=[{"price": price(**of), "quantity": 1}])
    assert (refused.status, detail in refused.error["message"]) == (400, True)


@pytest.mark.parametrize(
    "version, sent, echoed",
    [
        ("2025-09-30.clover", "embedded", "embedded"),
        ("2025-09-30.clover", "custom", "custom"),
        ("2026-03-25.dahlia", "embedded_page", "embedded_page"),
        ("2026-03-25.dahlia", "elements", "elements"),
    ],
)
def test_the_ui_mode_has_the_names_of_its_version(version: str, sent: str, echoed: str) -> None:
    """Such a session has a client secret in place of an address."""
    session = done(create(StripeMerchant(version=version), ui_mode=sent, **HOSTED_ONLY))
    assert (session["ui_mode"], session["url"]) == (echoed, None)
    assert session["client_secret"].startswith(f"{session['id']}_secret_")


def test_shipping_details_before_and_after_basil() -> None:
    collects = {"shipping_address_collection": {"allowed_countries": ["DE"]}}
    fields = {"shippingName": "Jenny", "shippingCountry": "DE", "shippingAddressLine1": "Weg 1"}
    session = opened(**collects)
    submit(session["url"], typed(**fields))
    details = {
        "name": "Jenny",
        "address": {"city": None, "country": "DE", "line1": "Weg 1", "line2": None, "postal_code": None, "state": None},
    }
    assert shown(session["id"])["collected_information"]["shipping_details"] == details
    older = StripeMerchant(version="2024-06-20").get(RESOURCE["get_checkout_session"], session["id"])
    assert done(older)["shipping_details"] == details


def test_custom_fields_show_what_was_entered() -> None:
    field = {"key": "size", "type": "text", "label": {"custom": "Size", "type": "custom"}}
    session = opened(custom_fields=[field])
    assert session["custom_fields"][0]["text"]["value"] is None
    submit(session["url"], typed(**{"customFields[size]": "XL"}))
    assert shown(session["id"])["custom_fields"][0]["text"]["value"] == "XL"


def test_the_same_key_creates_one_session() -> None:
    first, again = (done(create(key="k")) for _ in range(2))
    assert first == again
    pay(first["url"])
    assert done(create(key="k")) == first


# --- update, retrieve, list -------------------------------------------------------------------------------------------


def update(session: str, **params: Any) -> Any:
    return SHOP.post(RESOURCE["update_checkout_session"], session, **params)


def test_an_open_session_is_updated() -> None:
    session = opened(metadata={"a": "1", "b": "2"})
    name = shown(session["id"], expand=["line_items"])["line_items"]["data"][0]["id"]
    after = done(
        update(
            session["id"],
            metadata={"a": "3", "b": ""},
            line_items=[{"id": name, "quantity": 2}, item(1_00)],
            payment_intent_data={"description": "Hats"},
            expand=["line_items"],
        )
    )
    assert (after["metadata"], after["amount_total"]) == ({"a": "3"}, 41_00)
    assert [each["quantity"] for each in after["line_items"]["data"]] == [2, 1]
    pay(session["url"])
    assert shown(session["id"], expand=["payment_intent"])["payment_intent"].items() >= {
        "amount": 41_00, "description": "Hats",
    }.items()  # fmt: skip


def test_an_update_keeps_the_intent_in_step() -> None:
    """A payer who was declined pays the new amount."""
    session = opened()
    pay(session["url"], "4000000000000002")
    done(update(session["id"], line_items=[item(9_00)]))
    assert shown(session["id"], expand=["payment_intent"])["payment_intent"]["amount"] == 9_00


@pytest.mark.parametrize(
    "params, param",
    [
        ({"line_items": [{"id": "li_none", "quantity": 1}]}, "line_items[0][id]"),
        ({"line_items": [{"quantity": 1}]}, "line_items[0]"),
        ({"mode": "setup"}, "mode"),
    ],
)
def test_what_an_update_cannot_change(params: Any, param: str) -> None:
    assert wrong(update(opened()["id"], **params))[3] == param


def test_a_complete_session_is_not_updated() -> None:
    session = opened()
    pay(session["url"])
    refused = update(session["id"], metadata={"a": "b"})
    assert (refused.status, "has a status of `complete`" in refused.error["message"]) == (400, True)


def test_what_is_expanded() -> None:
    session = opened()
    pay(session["url"])
    paths = ["payment_intent.latest_charge.balance_transaction", "payment_intent.payment_method", "line_items"]
    expanded = shown(session["id"], expand=paths)
    assert expanded["payment_intent"]["latest_charge"]["balance_transaction"]["amount"] == 20_00
    assert expanded["payment_intent"]["payment_method"]["card"]["last4"] == "4242"
    assert len(expanded["line_items"]["data"]) == 1
    setup = saving()
    assert shown(setup["id"], expand=["setup_intent"])["setup_intent"]["id"] == setup["setup_intent"]


def test_sessions_are_listed(clock: Clock) -> None:
    name = made("create_stripe_customer", email="other@example.com")
    first = opened(customer_email="jenny@example.com")
    clock.advance(timedelta(seconds=1))
    second = opened(customer=name)
    pay(first["url"])
    intent = shown(first["id"])["payment_intent"]
    assert listed() == [second["id"], first["id"]]
    assert listed(status="complete") == listed(payment_intent=intent) == [first["id"]]
    assert listed(customer=name) == listed(status="open") == [second["id"]]
    assert listed(customer_details={"email": "Jenny@example.com"}) == [first["id"]]
    assert listed(limit=1, starting_after=second["id"]) == [first["id"]]


def test_another_merchants_session_does_not_exist() -> None:
    session = opened()
    other = StripeMerchant("shop-2")
    assert other.get(RESOURCE["get_checkout_session"], session["id"]).status == 404
    assert other.post(RESOURCE["update_checkout_session"], session["id"], metadata={"a": "b"}).status == 404


def test_success_urls_are_shown_as_sent() -> None:
    assert opened()["success_url"] == SUCCESS
