"""Invoice items."""

from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from tests.stripe_api.handlers.billing.shop import SHOP, customer, draft, invoice, price
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
