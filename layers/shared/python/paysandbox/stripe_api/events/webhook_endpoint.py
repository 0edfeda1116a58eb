"""Webhook endpoints in Stripe's format."""

import json
from collections.abc import Sequence

from paysandbox.core.errors import Code, Refused
from paysandbox.http.answer import Body
from paysandbox.http.reading import parameter_name
from paysandbox.stripe_api.catalog.event_types import event_types
from paysandbox.stripe_api.ids import application_id
from paysandbox.stripe_api.version import known_version
from paysandbox.webhooks.endpoint import EVERY_EVENT, MAX_METADATA_BYTES, Endpoint


def known_types(names: Sequence[str]) -> tuple[str, ...]:
    """Return the requested event types. Raises Refused(parameter_invalid) for one that is repeated, or not Stripe's."""
    for place, name in enumerate(names):
        if name != EVERY_EVENT and name not in event_types():
            every = ", ".join(sorted(event_types()))
            detail = f"Invalid enabled_events[{place}]: must be one of {every}, or {EVERY_EVENT}"
            raise Refused(Code.PARAMETER_INVALID, detail, f"enabled_events.{place}")
        if name in names[:place]:
            raise Refused(Code.PARAMETER_INVALID, "An event type is repeated.", f"enabled_events.{place}")
    return tuple(names)


def check_version(version: str | None) -> None:
    """Refuse (parameter_invalid) what is no release of Stripe's, in the words of a request's `Stripe-Version`."""
    if version is not None and known_version(version) != version:
        raise Refused(Code.PARAMETER_INVALID, f"Invalid Stripe API version: {parameter_name(version)}", "api_version")


def check_connect(connect: bool | None, platform: str | None) -> None:
    """Refuse (parameter_invalid) an endpoint of a connected account for the events of connected accounts."""
    if connect and platform is not None:
        detail = (
            "Invalid connect: a connected account has no connected accounts. Leave out Stripe-Account, or send false."
        )
        raise Refused(Code.PARAMETER_INVALID, detail, "connect")


def check_metadata(metadata: str | None) -> str | None:
    """Return an endpoint's metadata, as JSON. Refuses (parameter_invalid) more than one item can hold."""
    if len((metadata or "").encode()) > MAX_METADATA_BYTES:
        detail = f"Metadata of a webhook endpoint can have at most {MAX_METADATA_BYTES:,} bytes of JSON."
        raise Refused(Code.PARAMETER_INVALID, detail, "metadata")
    return metadata


def render_webhook_endpoint(endpoint: Endpoint, secret: str | None = None) -> Body:
    """Render an endpoint, with its secret if it was just created."""
    body: Body = {
        "id": endpoint.id,
        "object": "webhook_endpoint",
        "api_version": endpoint.api_version,
        "application": application_id(endpoint.merchant) if endpoint.connect else None,
        "created": int(endpoint.created_at.timestamp()),
        "description": endpoint.description,
        "enabled_events": [*endpoint.events],
        "livemode": False,
        "metadata": json.loads(endpoint.metadata) if endpoint.metadata else {},
        "status": "enabled" if endpoint.enabled else "disabled",
        "url": endpoint.url,
    }
    return body if secret is None else body | {"secret": secret}
