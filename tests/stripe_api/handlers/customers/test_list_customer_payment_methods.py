"""GET /v1/customers/{id}/payment_methods: the same list as `GET /v1/payment_methods?customer=`."""

from paysandbox.stripe_api.routes import LIST_CUSTOMER_PAYMENT_METHODS
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.saved_cards import attached, customer
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong


def test_its_url_leads_to_the_next_page() -> None:
    shop = StripeMerchant()
    jenny = customer(shop)
    first = attached(shop, jenny)
    page = done(shop.get(LIST_CUSTOMER_PAYMENT_METHODS, jenny))
    assert (page["url"], page["has_more"]) == (f"/v1/customers/{jenny}/payment_methods", False)
    assert [method["id"] for method in page["data"]] == [first]


def test_another_merchants_customer_is_unknown() -> None:
    theirs = customer(StripeMerchant(OTHER_MERCHANT))
    assert wrong(StripeMerchant().get(LIST_CUSTOMER_PAYMENT_METHODS, theirs)) == missing("id")
