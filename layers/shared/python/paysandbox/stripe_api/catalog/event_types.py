"""Every event type of Stripe's, simulated or not: those to which a webhook endpoint can subscribe."""

from functools import cache

from paysandbox.stripe_api.catalog.outline import VALUES, known_parameters


@cache
def event_types() -> frozenset[str]:
    """Return the names of all types."""
    return frozenset(known_parameters("POST /v1/webhook_endpoints")["enabled_events"][VALUES]) - {"*"}
