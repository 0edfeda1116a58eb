"""DELETE /v1/invoiceitems/{id}."""

from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from tests.stripe_api.handlers.billing.shop import SHOP, draft, finalized, invoice
from tests.support.clients.stripe_merchant import done


def item_of(invoice: dict) -> str:
    return done(SHOP.get(RESOURCE["list_invoiceitems"], invoice=invoice["id"]))["data"][0]["id"]


def test_its_draft_no_longer_bills_it() -> None:
    of = draft()
    assert done(SHOP.ask(RESOURCE["delete_invoiceitem"], item_of(of)))["deleted"]
    assert invoice(of["id"])["total"] == 0


def test_one_of_a_finalized_invoice_stays() -> None:
    assert SHOP.ask(RESOURCE["delete_invoiceitem"], item_of(finalized())).status == 400
