"""GET /v1/invoices/{id}/lines."""

from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from tests.stripe_api.handlers.billing.shop import SHOP, draft, invoice
from tests.support.clients.stripe_merchant import done


def test_they_are_those_that_it_shows() -> None:
    of = draft()
    listed = done(SHOP.get(RESOURCE["list_invoice_lines"], of["id"]))
    assert listed["data"] == invoice(of["id"])["lines"]["data"]
    assert listed["data"][0]["description"] == "Setup"
