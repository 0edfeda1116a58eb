"""What the log says of an event, for the feed: ids, amount and the last four digits of a card, and no personal data."""

from typing import Any

from paysandbox.core.payment_facts import PAYMENT_FACTS, event_data, facts_in, is_of_stripe, object_in


def event_facts(body: str) -> dict[str, Any]:
    """Return the facts of an event's body, those that it has."""
    data = event_data(body)
    facts = facts_in(data, of_stripe=is_of_stripe(data))
    named: dict[str, Any] = {name: getattr(facts, name) for name in PAYMENT_FACTS}
    named["object_id"] = object_in(data)
    return {name: value for name, value in named.items() if value is not None}
