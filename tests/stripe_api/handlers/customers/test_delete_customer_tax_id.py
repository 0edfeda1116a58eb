"""DELETE /v1/customers/{id}/tax_ids/{tax_id}: its customer no longer has it."""

from paysandbox.stripe_api.routes import DELETE_CUSTOMER_TAX_ID, LIST_CUSTOMER_TAX_IDS
from tests.support.clients.saved_cards import CUSTOMER, customer, tax_id
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong


def test_it_is_gone_once_and_for_all(shop: StripeMerchant, jenny: str) -> None:
    first, second = tax_id(shop, jenny)["id"], tax_id(shop, jenny)["id"]
    deleted = done(shop.ask(DELETE_CUSTOMER_TAX_ID, (jenny, first)))
    assert deleted == {"id": first, "object": "tax_id", "deleted": True}
    assert [each["id"] for each in done(shop.get(LIST_CUSTOMER_TAX_IDS, jenny))["data"]] == [second]
    shown = done(shop.get(CUSTOMER["get_stripe_customer"], jenny, expand=["tax_ids"]))
    assert [each["id"] for each in shown["tax_ids"]["data"]] == [second]


def test_that_of_another_customer_stays(shop: StripeMerchant, jenny: str) -> None:
    other = customer(shop)
    theirs = tax_id(shop, other)["id"]
    assert wrong(shop.ask(DELETE_CUSTOMER_TAX_ID, (jenny, theirs))) == missing("id")
    assert len(done(shop.get(LIST_CUSTOMER_TAX_IDS, other))["data"]) == 1
