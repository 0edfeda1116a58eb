"""Stripe's Card, as a customer's source shows it: a saved payment method in an older form.

Source: Cards.d.ts and Customers.d.ts of stripe-node 23.1.0.
"""

from collections.abc import Mapping
from typing import Any, Final

from paysandbox.http.answer import Body
from paysandbox.stripe_api.objects.method import unchecked_results
from paysandbox.stripe_api.objects.stored_method import method_in
from paysandbox.stripe_api.objects.token import card_body
from paysandbox.stripe_api.resource_kit.stored_object import StoredObject

ADDRESS: Final[Mapping[str, str]] = {
    "address_city": "city",
    "address_country": "country",
    "address_line1": "line1",
    "address_line2": "line2",
    "address_state": "state",
    "address_zip": "postal_code",
}
"""The fields of a Card that a payment method has in the address of its billing details."""


def source_body(stored: StoredObject) -> Body:
    """Return the Card of a payment method that is also a source."""
    method, details = method_in(stored), stored.attributes.get("billing_details", {})
    address: Mapping[str, Any] = details.get("address") or {}
    return {
        **card_body(stored.id, method.card, unchecked_results(method), method.customer),
        **{field: address.get(entry) for field, entry in ADDRESS.items()},
        "allow_redisplay": method.allow_redisplay or "unspecified",
        "metadata": dict(stored.attributes.get("metadata", {})),
        "name": details.get("name"),
    }


def sources_list(customer_id: str, cards: list[Body], *, more: bool = False) -> Body:
    """Return a customer's list of sources."""
    return {"object": "list", "data": cards, "has_more": more, "url": f"/v1/customers/{customer_id}/sources"}
