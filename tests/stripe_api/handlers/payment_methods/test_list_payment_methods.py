"""GET /v1/payment_methods: those of one customer."""

from paysandbox.stripe_api.routes import (
    GET_CUSTOMER_PAYMENT_METHOD,
    LIST_PAYMENT_METHODS,
)
from tests.stripe_api.scenarios import RESOURCE
from tests.support.clients.saved_cards import attached, customer, listed
from tests.support.clients.stripe_merchant import StripeMerchant, missing, wrong

GET_CUSTOMER, UPDATE_CUSTOMER = RESOURCE["get_stripe_customer"], RESOURCE["update_stripe_customer"]


def test_only_cards_are_listed_in_pages(shop: StripeMerchant, jenny: str) -> None:
    names = [attached(shop, jenny) for _ in range(3)]
    every = listed(shop, jenny)
    assert sorted(every) == sorted(names)
    assert (listed(shop, jenny, type="card"), listed(shop, jenny, type="sepa_debit")) == (every, [])
    assert listed(shop, jenny, allow_redisplay="always") == []
    assert listed(shop, jenny, limit=1, starting_after=every[0]) == every[1:2]
    assert wrong(shop.get(LIST_PAYMENT_METHODS)) == (400, "invalid_request_error", "parameter_missing", "customer")
    assert wrong(shop.get(GET_CUSTOMER_PAYMENT_METHOD, (customer(shop), names[0]))) == missing("id")
