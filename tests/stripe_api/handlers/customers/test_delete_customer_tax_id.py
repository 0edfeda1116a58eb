"""DELETE /v1/customers/{id}/tax_ids/{tax_id}: its customer no longer has it."""

from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from tests.support.clients.saved_cards import CUSTOMER, customer, tax_id
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong


def test_it_is_gone_once_and_for_all(shop: StripeMerchant, jenny: str) -> None:
    first, second = tax_id(shop, jenny)["id"], tax_id(shop, jenny)["id"]
    deleted = done(shop.ask(RESOURCE["delete_customer_tax_id"], (jenny, first)))
    assert deleted == {"id": first, "object": "tax_id", "deleted": True}
    assert [each["id"] for each in done(shop.get(RESOURCE["list_customer_tax_ids"], jenny))["data"]] == [second]
    shown = done(shop.get(CUSTOMER["get_stripe_customer"], jenny, expand=["tax_ids"]))
    assert [each["id"] for each in shown["tax_ids"]["data"]] == [second]


def test_that_of_another_customer_stays(shop: StripeMerchant, jenny: str) -> None:
    other = customer(shop)
    theirs = tax_id(shop, other)["id"]
    assert wrong(shop.ask(RESOURCE["delete_customer_tax_id"], (jenny, theirs))) == missing("id")
    assert len(done(shop.get(RESOURCE["list_customer_tax_ids"], other))["data"]) == 1
