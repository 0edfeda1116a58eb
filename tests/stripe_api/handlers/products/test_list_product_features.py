"""GET /v1/products/{id}/features: dj-stripe reads them of each product that it stores."""

from paysandbox.stripe_api.routes import LIST_PRODUCT_FEATURES
from tests.stripe_api.scenarios import RESOURCE as ROUTE
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong


def test_a_product_has_none() -> None:
    shop = StripeMerchant()
    name = done(shop.post(ROUTE["create_product"], name="Gold"))["id"]
    empty = {"object": "list", "data": [], "has_more": False, "url": f"/v1/products/{name}/features"}
    assert done(shop.get(LIST_PRODUCT_FEATURES, name)) == empty
    assert wrong(shop.get(LIST_PRODUCT_FEATURES, name, starting_after="prodft_1")) == missing("starting_after")
    assert wrong(StripeMerchant("globex").get(LIST_PRODUCT_FEATURES, name)) == missing("id")
    done(shop.ask(ROUTE["delete_product"], name))
    for unknown in (name, "prod_unknown"):
        assert wrong(shop.get(LIST_PRODUCT_FEATURES, unknown)) == missing("id")
