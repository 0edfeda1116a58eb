"""DELETE /v1/customers/{id}/sources/{source}: the card never pays again, and the latest that is left is the default."""

from paysandbox.stripe_api.payment_methods.refusals import USED_BEFORE
from paysandbox.stripe_api.routes import DELETE_CUSTOMER_SOURCE, DETACH_PAYMENT_METHOD
from tests.support.clients.saved_cards import CUSTOMER, attached, customer, listed, saved
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong


def default_of(shop: StripeMerchant, name: str) -> str | None:
    return done(shop.get(CUSTOMER["get_stripe_customer"], name))["default_source"]


def test_the_default_moves_to_the_latest(shop: StripeMerchant, jenny: str) -> None:
    first, second, third = (saved(shop, jenny) for _ in range(3))
    deleted = done(shop.ask(DELETE_CUSTOMER_SOURCE, (jenny, first)))
    assert deleted == {"id": first, "object": "card", "deleted": True}
    assert default_of(shop, jenny) == third
    done(shop.ask(DELETE_CUSTOMER_SOURCE, (jenny, second)))
    assert default_of(shop, jenny) == third
    done(shop.post(DETACH_PAYMENT_METHOD, third))
    assert (default_of(shop, jenny), listed(shop, jenny)) == (None, [])


def test_it_never_pays_again(shop: StripeMerchant, jenny: str) -> None:
    card = saved(shop, jenny)
    done(shop.ask(DELETE_CUSTOMER_SOURCE, (jenny, card)))
    refused = shop.create(payment_method=card, customer=jenny, confirm=True)
    assert refused.error["message"] == USED_BEFORE


def test_what_is_no_source_of_the_customer(shop: StripeMerchant, jenny: str) -> None:
    theirs, method = saved(shop, customer(shop)), attached(shop, jenny)
    for name in (theirs, method, "card_1"):
        assert wrong(shop.ask(DELETE_CUSTOMER_SOURCE, (jenny, name))) == missing("id")
    assert listed(shop, jenny) == [method]
