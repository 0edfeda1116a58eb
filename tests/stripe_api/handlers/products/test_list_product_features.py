"""GET /v1/products/{id}/features: dj-stripe reads them of each product that it stores."""

from tests.stripe_api.scenarios import RESOURCE as ROUTE
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong


def test_a_product_has_none() -> None:
    shop = StripeMerchant()
    name = done(shop.post(ROUTE["create_product"], name="Gold"))["id"]
    empty = {"object": "list", "data": [], "has_more": False, "url": f"/v1/products/{name}/features"}
    assert done(shop.get(ROUTE["list_product_features"], name)) == empty
    assert wrong(shop.get(ROUTE["list_product_features"], name, starting_after="prodft_1")) == missing("starting_after")
    assert wrong(StripeMerchant("globex").get(ROUTE["list_product_features"], name)) == missing("id")
    done(shop.ask(ROUTE["delete_product"], name))
    for unknown in (name, "prod_unknown"):
        assert wrong(shop.get(ROUTE["list_product_features"], unknown)) == missing("id")
