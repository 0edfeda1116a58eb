"""GET /v1/subscription_items/{id}."""

from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from tests.stripe_api.handlers.billing.shop import SHOP, subscribed
from tests.support.clients.stripe_merchant import done


def test_it_is_that_of_its_subscription() -> None:
    item = subscribed()["items"]["data"][0]
    assert done(SHOP.get(RESOURCE["get_subscription_item"], item["id"])) == item
    assert SHOP.get(RESOURCE["get_subscription_item"], f"{item['id']}x").status == 404
