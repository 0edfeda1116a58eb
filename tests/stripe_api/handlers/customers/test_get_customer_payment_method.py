"""GET /v1/customers/{id}/payment_methods/{method}: of this customer only."""

from paysandbox.stripe_api.routes import GET_CUSTOMER_PAYMENT_METHOD, GET_PAYMENT_METHOD
from tests.support.clients.saved_cards import attached, customer
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong


def test_it_is_the_same_object() -> None:
    shop = StripeMerchant()
    jenny = customer(shop)
    method = attached(shop, jenny)
    shown = done(shop.get(GET_CUSTOMER_PAYMENT_METHOD, (jenny, method)))
    assert shown == done(shop.get(GET_PAYMENT_METHOD, method))


def test_another_customers_is_unknown() -> None:
    shop = StripeMerchant()
    method = attached(shop, customer(shop))
    assert wrong(shop.get(GET_CUSTOMER_PAYMENT_METHOD, (customer(shop), method))) == missing("id")
