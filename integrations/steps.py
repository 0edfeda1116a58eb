"""Steps that many codebases have: to create a customer, an intent, a session of Checkout, and what follows of it.

A later step knows what one creates by the last word of its function's name: `{session[id]}`.
"""

from typing import Any, Final

from integrations.calls import Form, Reads, Step, on_checkouts_page
from integrations.flow import FlowStep

VISA: Final = "pm_card_visa"
RETURN_URL: Final = "https://shop.example/return"
CUSTOMER: Final[Reads] = {"id": ..., "object": "customer"}
PRODUCT: Final[Reads] = {"id": ..., "object": "product"}
PRICE: Final[Reads] = {"id": ..., "object": "price"}


def owners_plan(**price: str) -> tuple[Step, ...]:
    """Create the product and the price that the shop's owner makes in Stripe's Dashboard."""
    form = {"product": "{product[id]}", "currency": "usd", "unit_amount": "1000"} | price
    return (
        Step(
            "the owner's product", "POST", "/v1/products", {"name": "A plan"}, PRODUCT, saved_as="product", buyers=True
        ),
        Step("the owner's price", "POST", "/v1/prices", form, PRICE, saved_as="price", buyers=True),
    )


def create_customer(operation: str, form: Form, **parts: Any) -> Step:
    """Create a customer."""
    return Step(operation, "POST", "/v1/customers", form, CUSTOMER, saved_as="customer", **parts)


def create_intent(operation: str, form: Form, reads: Reads, **parts: Any) -> Step:
    """Create a payment intent."""
    return Step(operation, "POST", "/v1/payment_intents", form, reads, saved_as="intent", **parts)


def create_session(operation: str, form: Form, reads: Reads, **parts: Any) -> Step:
    """Create a session of Checkout."""
    return Step(operation, "POST", "/v1/checkout/sessions", form, reads, saved_as="session", **parts)


SUBSCRIBE: Final = on_checkouts_page("the buyer subscribes", FlowStep.SUBSCRIPTION)
"""What the buyer does on the page of a session whose mode is `subscription`."""

READ_PAID_SESSION: Final = Step(
    "checkout.session.completed",
    "GET",
    "/v1/checkout/sessions/{session[id]}",
    {},
    {"customer": ..., "subscription": ...},
    saved_as="paid",
    buyers=True,
)
"""What the webhook of a paid session says of its customer and its subscription, known as `paid`."""


def open_portal(operation: str, form: Form, **parts: Any) -> Step:
    """Open the portal in which a customer manages a subscription."""
    return Step(operation, "POST", "/v1/billing_portal/sessions", form, {"url": ...}, does=FlowStep.PORTAL, **parts)
