"""Lists and searches of subscriptions."""

from typing import Any

from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from tests.stripe_api.handlers.billing.shop import SHOP, customer, subscribed
from tests.support.clients.stripe_merchant import done


def listed(**params: Any) -> list[str]:
    return [each["id"] for each in done(SHOP.get(RESOURCE["list_subscriptions"], **params))["data"]]


def test_canceled_ones_are_listed_on_request() -> None:
    active, canceled = subscribed(), subscribed()
    done(SHOP.ask(RESOURCE["cancel_subscription"], canceled["id"]))
    assert listed() == [active["id"]]
    assert listed(status="canceled") == listed(status="ended") == [canceled["id"]]
    assert listed(status="all") == [canceled["id"], active["id"]]


def test_they_are_listed_by_customer_and_price() -> None:
    one, other = subscribed(), subscribed(customer=customer()["id"])
    assert listed(customer=one["customer"]) == [one["id"]]
    assert listed(price=other["items"]["data"][0]["price"]["id"]) == [other["id"]]
