"""GET /v1/customers/{id}/sources/{source}: of this customer only."""

from paysandbox.stripe_api.routes import DETACH_PAYMENT_METHOD, GET_CUSTOMER_SOURCE
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.saved_cards import CUSTOMER, attached, customer, saved
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong


def test_it_expands_its_customer(shop: StripeMerchant, jenny: str) -> None:
    card = saved(shop, jenny)
    shown = done(shop.get(GET_CUSTOMER_SOURCE, (jenny, card), expand=["customer"]))
    assert (shown["id"], shown["customer"]["id"], shown["customer"]["default_source"]) == (card, jenny, card)


def test_what_is_no_source_of_the_customer(shop: StripeMerchant, jenny: str) -> None:
    other = StripeMerchant(OTHER_MERCHANT)
    detached = saved(shop, jenny)
    done(shop.post(DETACH_PAYMENT_METHOD, detached))
    for name in (saved(shop, customer(shop)), saved(other, customer(other)), attached(shop, jenny), detached, "card_1"):
        assert wrong(shop.get(GET_CUSTOMER_SOURCE, (jenny, name))) == missing("id")
    card = saved(shop, jenny)
    done(shop.ask(CUSTOMER["delete_stripe_customer"], jenny))
    assert wrong(shop.get(GET_CUSTOMER_SOURCE, (jenny, card))) == missing("id")
