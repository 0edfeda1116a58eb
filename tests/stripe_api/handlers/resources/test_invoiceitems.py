"""Invoice items."""

import pytest

from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from tests.stripe_api.handlers.billing.shop import SHOP, customer, draft, invoice, price, subscribed
from tests.support.clients.stripe_merchant import done


def test_a_pending_one_is_listed_until_it_is_billed() -> None:
    payer = customer()["id"]
    item = done(SHOP.post(RESOURCE["create_invoiceitem"], customer=payer, amount=5_00, currency="usd"))
    pending = done(SHOP.get(RESOURCE["list_invoiceitems"], pending=True))["data"]
    assert [each["id"] for each in pending] == [item["id"]]
    done(SHOP.post(RESOURCE["create_invoice"], customer=payer, pending_invoice_items_behavior="include"))
    assert done(SHOP.get(RESOURCE["list_invoiceitems"], pending=True))["data"] == []


def test_a_new_amount_is_what_its_draft_bills() -> None:
    of = draft()
    (item,) = done(SHOP.get(RESOURCE["list_invoiceitems"], invoice=of["id"]))["data"]
    done(SHOP.post(RESOURCE["update_invoiceitem"], item["id"], amount=7_00))
    assert invoice(of["id"])["total"] == 700


def test_a_price_that_recurs_is_refused() -> None:
    params = {"customer": customer()["id"], "pricing": {"price": price()["id"]}}
    assert "type=recurring" in SHOP.post(RESOURCE["create_invoiceitem"], **params).error["message"]


def test_a_pending_one_can_be_deleted() -> None:
    payer = customer()["id"]
    item = done(SHOP.post(RESOURCE["create_invoiceitem"], customer=payer, amount=5_00, currency="usd"))
    assert done(SHOP.ask(RESOURCE["delete_invoiceitem"], item["id"]))["deleted"]
    assert SHOP.ask(RESOURCE["delete_invoiceitem"], item["id"]).status == 404
    drafted = SHOP.post(RESOURCE["create_invoice"], customer=payer, pending_invoice_items_behavior="include")
    assert done(drafted)["total"] == 0


def test_a_pending_one_can_be_given_another_price() -> None:
    product = price()["product"]
    item = done(SHOP.post(RESOURCE["create_invoiceitem"], customer=customer()["id"], amount=5_00, currency="usd"))
    data = {"currency": "usd", "product": product, "unit_amount": 2_00}
    assert done(SHOP.post(RESOURCE["update_invoiceitem"], item["id"], price_data=data, quantity=3))["amount"] == 6_00


def test_it_can_be_of_a_subscription() -> None:
    made = subscribed()
    item = {"customer": made["customer"], "subscription": made["id"], "amount": 5_00, "currency": "usd"}
    assert done(SHOP.post(RESOURCE["create_invoiceitem"], **item))["customer"] == made["customer"]


def test_what_is_refused(subtests: pytest.Subtests) -> None:
    payer, of, product = customer()["id"], draft(), price()["product"]
    euros = {"product": product, "unit_amount": 1_00, "currency": "eur"}
    in_euros = done(SHOP.post(RESOURCE["create_price"], **euros))["id"]
    amount = {"amount": 5_00, "currency": "usd"}
    for params, param, words in (
        ({"amount": 5_00, "customer": None, **amount}, "customer", "Missing required param"),
        ({"customer": "cus_none", **amount}, "customer", "No such customer"),
        ({"invoice": of["id"], **amount}, "invoice", "another customer"),
        ({"customer": None, "invoice": of["id"], **amount, "currency": "eur"}, "currency", "currency of the invoice"),
        ({"subscription": "sub_none", **amount}, "subscription", "No such subscription"),
        ({**amount, "unit_amount_decimal": "5"}, "unit_amount_decimal", "only specify one"),
        ({**amount, "quantity": 2}, "quantity", "only specify one"),
        ({"currency": "usd"}, "amount", "Missing required param"),
        ({"amount": 5_00}, "currency", "Missing required param"),
        ({"pricing": {"price": "price_none"}}, "pricing[price]", "No such price"),
        ({"pricing": {"price": in_euros}, "currency": "usd"}, "currency", "currency is eur"),
        ({"price_data": {**euros, "product": "prod_none"}}, "price_data[product]", "No such product"),
    ):
        with subtests.test(param, words=words):
            sent = {name: value for name, value in {"customer": payer, **params}.items() if value is not None}
            refused = SHOP.post(RESOURCE["create_invoiceitem"], **sent)
            assert (refused.status, refused.error["param"]) == (400, param)
            assert words in refused.error["message"]
