"""Webhook endpoints in Stripe's format."""

import json
from collections.abc import Sequence

from paysandbox.core.errors import Code, Refused
from paysandbox.http.answer import Body
from paysandbox.stripe_api.events import API_VERSION, STRIPE_EVENT_TYPES
from paysandbox.webhooks.endpoint import EVERY_EVENT, Endpoint


def known_types(names: Sequence[str]) -> tuple[str, ...]:
    """Return the requested event types. Raises Refused(parameter_invalid) for an unsupported or repeated one."""
    for place, name in enumerate(names):
        if name != EVERY_EVENT and name not in STRIPE_EVENT_TYPES:
            detail = f"{name!r} is not sent here. Choose `*`, or from {', '.join(STRIPE_EVENT_TYPES)}."
            raise Refused(Code.PARAMETER_INVALID, detail, f"enabled_events.{place}")
        if name in names[:place]:
            raise Refused(Code.PARAMETER_INVALID, "An event type is repeated.", f"enabled_events.{place}")
    return tuple(names)


def render_webhook_endpoint(endpoint: Endpoint, secret: str | None = None) -> Body:
    """Render an endpoint, with its secret if it was just created."""
    body: Body = {
        "id": endpoint.id,
        "object": "webhook_endpoint",
        "api_version": API_VERSION,
        "application": None,
        "created": int(endpoint.created_at.timestamp()),
        "description": endpoint.description,
        "enabled_events": [*endpoint.events],
        "livemode": False,
        "metadata": json.loads(endpoint.metadata) if endpoint.metadata else {},
        "status": "enabled" if endpoint.enabled else "disabled",
        "url": endpoint.url,
    }
    return body if secret is None else body | {"secret": secret}
