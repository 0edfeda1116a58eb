"""GET /v1/customers/{id}/sources: the cards that were saved by a token, newest first."""

from paysandbox.stripe_api.routes import LIST_CUSTOMER_SOURCES
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.saved_cards import attached, customer, saved
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong


def test_pages_of_one_type(shop: StripeMerchant, jenny: str) -> None:
    attached(shop, jenny)
    first, second = saved(shop, jenny), saved(shop, jenny)
    page = done(shop.get(LIST_CUSTOMER_SOURCES, jenny, limit=1, object="card", expand=["data.customer"]))
    assert (page["url"], page["has_more"]) == (f"/v1/customers/{jenny}/sources", True)
    assert [(card["id"], card["customer"]["id"]) for card in page["data"]] == [(second, jenny)]
    rest = done(shop.get(LIST_CUSTOMER_SOURCES, jenny, starting_after=second))
    assert [card["id"] for card in rest["data"]] == [first]
    assert done(shop.get(LIST_CUSTOMER_SOURCES, jenny, object="bank_account"))["data"] == []


def test_another_merchants_customer_is_unknown(shop: StripeMerchant) -> None:
    theirs = customer(StripeMerchant(OTHER_MERCHANT))
    assert wrong(shop.get(LIST_CUSTOMER_SOURCES, theirs)) == missing("id")
