"""Stripe's Card, as a customer's source shows it: a saved payment method in an older form.

Source: Cards.d.ts and Customers.d.ts of stripe-node 23.1.0.
"""

from paysandbox.http.answer import Body
from paysandbox.stripe_api.objects.method import NOTHING, unchecked_results
from paysandbox.stripe_api.objects.stored_method import method_in
from paysandbox.stripe_api.objects.token import card_body
from paysandbox.stripe_api.resource_kit.stored_object import StoredObject


def source_body(stored: StoredObject) -> Body:
    """Return the Card of a payment method that is also a source."""
    method, details = method_in(stored), stored.attributes.get("billing_details", NOTHING)
    results = unchecked_results(method)
    return {
        **card_body(stored.id, method.card, results, method.customer, details=details),
        "allow_redisplay": method.allow_redisplay or "unspecified",
        "metadata": dict(stored.attributes.get("metadata", {})),
    }


def sources_list(customer_id: str, cards: list[Body], *, more: bool = False) -> Body:
    """Return a customer's list of sources."""
    return {"object": "list", "data": cards, "has_more": more, "url": f"/v1/customers/{customer_id}/sources"}
