"""Billing against answers of Stripe's test mode: each field that Stripe has is there, with the type that it has there.

The names and types are in recorded_billing.json, with the cassettes that they are from.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.stripe_api.handlers.billing.shop import SHOP, VISA, Body, customer, price
from tests.stripe_api.scenarios import RESOURCE
from tests.support.clients.stripe_merchant import StripeMerchant, done
from tests.support.worlds.handlers import *  # noqa: F403 - fixtures, by their names

RECORDED: Final = json.loads((Path(__file__).parent / "recorded_billing.json").read_text())["answers"]

ABSENT: Final = frozenset(("account_name", "hosted_invoice_url", "invoice_pdf", "nickname", "rendering"))
"""What is null here and not there: the account has no name, there is no page of an invoice, and no price a nickname."""

NOT_SHOWN: Final = frozenset(("aggregate_usage",))
"""Of plans and prices by usage, before 2025-03-31: not simulated."""


def subscription(shop: StripeMerchant, **params: Any) -> Body:
    """Create a subscription with a monthly price of a customer with a card."""
    sent = {"customer": payer(shop), "items": [{"price": price(shop=SHOP)["id"]}], **params}
    return done(shop.post(RESOURCE["create_subscription"], **sent))


def payer(shop: StripeMerchant) -> str:
    name = customer(VISA, shop=shop)["id"]
    return done(shop.post(RESOURCE["update_stripe_customer"], name, name="Jo"))["id"]


def subscribed_and_expanded(shop: StripeMerchant) -> Body:
    return subscription(shop, expand=["latest_invoice.confirmation_secret", "latest_invoice.payments"])


def subscribed(shop: StripeMerchant) -> Body:
    return done(shop.get(RESOURCE["get_subscription"], subscription(shop)["id"]))


def billed(shop: StripeMerchant) -> Body:
    """Bill an item of a price. Of an amount, Stripe makes a price and a product; here it has none."""
    product = done(shop.post(RESOURCE["create_product"], name="Hat"))["id"]
    data = {"currency": "usd", "product": product, "unit_amount": 1000}
    return done(shop.post(RESOURCE["create_invoiceitem"], customer=payer(shop), price_data=data))


def paid(shop: StripeMerchant) -> Body:
    item = billed(shop)
    sent = {"customer": item["customer"], "pending_invoice_items_behavior": "include"}
    made = done(shop.post(RESOURCE["create_invoice"], **sent))
    return done(shop.post(RESOURCE["pay_invoice"], made["id"]))


def payments(shop: StripeMerchant) -> Body:
    return done(shop.get(RESOURCE["list_invoice_payments"], invoice=paid(shop)["id"]))


ASKED: Final[dict[str, Callable[[StripeMerchant], Body]]] = {
    "create_invoiceitem": billed,
    "create_subscription": subscribed_and_expanded,
    "get_subscription_2023": subscribed,
    "list_invoice_payments": payments,
    "pay_invoice": paid,
    "pay_invoice_2024": paid,
}


def type_of(value: Any) -> str:
    kinds = {dict: "object", list: "list", bool: "boolean", int: "number", str: "text", type(None): "null"}
    return kinds[type(value)]


def missing(shape: Any, value: Any, path: str) -> Iterator[str]:
    """Yield the places at which a value lacks what was recorded, or has another type. What was null may be anything."""
    if isinstance(shape, dict) and isinstance(value, dict):
        for name in shape.keys() & value.keys():
            yield from missing(shape[name], value[name], f"{path}.{name}")
        yield from (f"{path}.{name} is missing" for name in shape.keys() - value.keys() - NOT_SHOWN)
    elif isinstance(shape, list) and isinstance(value, list):
        yield from [f"{path} is empty"] if shape and not value else ()
        yield from (fault for each in value[: len(shape)] for fault in missing(shape[0], each, f"{path}[]"))
    elif shape not in ("null", type_of(value)) and not (value is None and path.rpartition(".")[2] in ABSENT):
        yield f"{path} is {type_of(value)}, and was {shape if isinstance(shape, str) else type_of(shape)}"


def test_every_recorded_answer_is_asked_for() -> None:
    assert ASKED.keys() == RECORDED.keys()


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize("name", ASKED)
def test_an_answer_has_each_field_that_was_recorded(name: str) -> None:
    recorded = RECORDED[name]
    body = ASKED[name](StripeMerchant(version=recorded["version"]))
    assert sorted(missing(recorded["shape"], body, name)) == []


def test_a_difference_is_found() -> None:
    shape = {"a": "text", "b": [{"c": "number"}], "d": "null", "e": {"f": "boolean"}}
    assert sorted(missing(shape, {"a": 1, "b": [{}], "d": "x", "e": None}, "it")) == [
        "it.a is number, and was text",
        "it.b[].c is missing",
        "it.e is null, and was object",
    ]
    assert sorted(missing(shape, {"a": "", "b": [], "e": {"f": True}}, "it")) == ["it.b is empty", "it.d is missing"]
