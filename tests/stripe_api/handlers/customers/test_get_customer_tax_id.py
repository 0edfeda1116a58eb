"""GET /v1/customers/{id}/tax_ids/{tax_id}: of this customer only."""

from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.saved_cards import CUSTOMER, customer, tax_id
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong


def test_it_expands_its_customer(shop: StripeMerchant, jenny: str) -> None:
    made = tax_id(shop, jenny)
    assert done(shop.get(RESOURCE["get_customer_tax_id"], (jenny, made["id"]))) == made
    shown = done(
        shop.get(RESOURCE["get_customer_tax_id"], (jenny, made["id"]), expand=["owner.customer", "owner.account"])
    )
    assert (shown["owner"]["customer"]["id"], shown["customer"]) == (jenny, jenny)


def test_what_is_no_tax_id_of_the_customer(shop: StripeMerchant, jenny: str) -> None:
    other = StripeMerchant(OTHER_MERCHANT)
    gone = tax_id(shop, jenny)["id"]
    done(shop.ask(RESOURCE["delete_customer_tax_id"], (jenny, gone)))
    for name in (tax_id(shop, customer(shop))["id"], tax_id(other, customer(other))["id"], gone, "txi_1"):
        assert wrong(shop.get(RESOURCE["get_customer_tax_id"], (jenny, name))) == missing("id")
    made = tax_id(shop, jenny)["id"]
    done(shop.ask(CUSTOMER["delete_stripe_customer"], jenny))
    assert wrong(shop.get(RESOURCE["get_customer_tax_id"], (jenny, made))) == missing("id")
