"""GET /v1/invoice_payments/{id}."""

from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from tests.stripe_api.handlers.billing.shop import SHOP, act, finalized, invoice
from tests.support.clients.stripe_merchant import done


def test_it_is_paid_with_its_invoice() -> None:
    of = finalized()
    done(act("pay", of))
    (payment,) = invoice(of["id"], expand=["payments"])["payments"]["data"]
    assert done(SHOP.get(RESOURCE["get_invoice_payment"], payment["id"])) == payment
    assert (payment["status"], payment["amount_paid"]) == ("paid", 1000)
    assert SHOP.get(RESOURCE["get_invoice_payment"], "inpay_1").status == 404
