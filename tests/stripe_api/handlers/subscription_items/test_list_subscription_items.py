"""GET /v1/subscription_items."""

from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from tests.stripe_api.handlers.billing.shop import SHOP, price, subscribed
from tests.support.clients.stripe_merchant import done


def test_they_are_in_the_order_of_the_request() -> None:
    prices = [price(amount)["id"] for amount in (10_00, 20_00)]
    made = subscribed(items=[{"price": each} for each in prices])
    listed = done(SHOP.get(RESOURCE["list_subscription_items"], subscription=made["id"]))
    assert [each["price"]["id"] for each in listed["data"]] == prices


def test_an_unknown_subscription_is_refused() -> None:
    assert SHOP.get(RESOURCE["list_subscription_items"], subscription="sub_1").error["param"] == "subscription"
