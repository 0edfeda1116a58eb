"""Customers with saved cards, and what is listed of them."""

from typing import Any

from paysandbox.http.route import Route
from paysandbox.stripe_api.routes import (
    ATTACH_PAYMENT_METHOD,
    CREATE_CUSTOMER_SOURCE,
    LIST_CUSTOMER_PAYMENT_METHODS,
    LIST_CUSTOMER_SOURCES,
    LIST_PAYMENT_METHODS,
    RESOURCE_ROUTE as RESOURCE,
    RESOURCE_ROUTES,
)
from tests.support.clients.stripe_call import StripeReply
from tests.support.clients.stripe_merchant import VISA, StripeMerchant, done, wrong

CUSTOMER: dict[str, Route] = {each.route.name: each.route for each in RESOURCE_ROUTES if "customer" in each.route.name}
INVALID = (400, "invalid_request_error", None)


def customer(shop: StripeMerchant, **params: Any) -> str:
    """Create a customer."""
    return done(shop.post(CUSTOMER["create_stripe_customer"], **params))["id"]


def attach(shop: StripeMerchant, method: str, customer: str, **params: Any) -> StripeReply:
    """Ask to attach a payment method to a customer."""
    return shop.post(ATTACH_PAYMENT_METHOD, method, customer=customer, **params)


def attached(shop: StripeMerchant, customer: str, name: str = VISA) -> str:
    """Attach a payment method to a customer."""
    return done(attach(shop, name, customer))["id"]


def listed(shop: StripeMerchant, customer: str, **params: Any) -> list[str]:
    """Return a customer's payment methods, which both lists show alike."""
    by_path = done(shop.get(LIST_CUSTOMER_PAYMENT_METHODS, customer, **params))["data"]
    assert done(shop.get(LIST_PAYMENT_METHODS, customer=customer, **params))["data"] == by_path
    return [method["id"] for method in by_path]


def refusal(reply: StripeReply) -> tuple[Any, ...]:
    """Return what a refusal says."""
    return (*wrong(reply), reply.error["message"])


def saved(shop: StripeMerchant, customer: str, token: str = "tok_visa") -> str:
    """Save the card of a token for a customer."""
    return done(shop.post(CREATE_CUSTOMER_SOURCE, customer, source=token))["id"]


def sources(shop: StripeMerchant, customer: str) -> list[str]:
    """Return a customer's sources."""
    return [card["id"] for card in done(shop.get(LIST_CUSTOMER_SOURCES, customer))["data"]]


def tax_id(shop: StripeMerchant, customer: str, **params: Any) -> dict[str, Any]:
    """Create a tax ID of a customer."""
    return done(
        shop.post(RESOURCE["create_customer_tax_id"], customer, **{"type": "eu_vat", "value": "DE123456789", **params})
    )
