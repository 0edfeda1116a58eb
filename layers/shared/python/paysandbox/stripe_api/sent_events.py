"""Stripe's event types that the sandbox sends, and those that an endpoint subscribes to in vain."""

from collections.abc import Sequence
from typing import Final

from paysandbox.stripe_api.declared import OBJECT_EVENT_TYPES
from paysandbox.stripe_api.events.event import STRIPE_EVENT_TYPES
from paysandbox.webhooks.endpoint import EVERY_EVENT

SENT_TYPES: Final = (*STRIPE_EVENT_TYPES, *OBJECT_EVENT_TYPES)

NEVER_SENT: Final = "Sandbox-Events-Never-Sent"
"""The response header that names the subscribed event types of which the sandbox never sends an event."""

MAX_NEVER_SENT: Final = 1_000
"""Characters of that header. What is left out is counted."""


def never_sent(names: Sequence[str]) -> dict[str, str]:
    """Return the response header for event types of Stripe's that are never sent here, or no header."""
    missing = [name for name in names if name != EVERY_EVENT and name not in SENT_TYPES]
    named = len(missing)
    while sum(len(name) + 2 for name in missing[:named]) > MAX_NEVER_SENT:
        named -= 1
    left_out = [f"and {len(missing) - named} more"] if named < len(missing) else []
    return {NEVER_SENT: ", ".join([*missing[:named], *left_out])} if missing else {}
