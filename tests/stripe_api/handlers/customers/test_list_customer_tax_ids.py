"""GET /v1/customers/{id}/tax_ids: newest first."""

from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.saved_cards import customer, tax_id
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong


def test_pages(shop: StripeMerchant, jenny: str) -> None:
    first, second = tax_id(shop, jenny)["id"], tax_id(shop, jenny)["id"]
    page = done(shop.get(RESOURCE["list_customer_tax_ids"], jenny, limit=1, expand=["data.customer"]))
    assert (page["url"], page["has_more"]) == (f"/v1/customers/{jenny}/tax_ids", True)
    assert [(each["id"], each["customer"]["id"]) for each in page["data"]] == [(second, jenny)]
    rest = done(shop.get(RESOURCE["list_customer_tax_ids"], jenny, starting_after=second))
    assert [each["id"] for each in rest["data"]] == [first]


def test_another_merchants_customer_is_unknown(shop: StripeMerchant) -> None:
    theirs = customer(StripeMerchant(OTHER_MERCHANT))
    assert wrong(shop.get(RESOURCE["list_customer_tax_ids"], theirs)) == missing("id")
