"""An example of each event of a declared resource's object, made by the rules of the product."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from paysandbox.core.record import replace
from paysandbox.core.timestamps import parse_timestamp
from paysandbox.reference.error_docs import EXAMPLE_REQUEST_ID
from paysandbox.stripe_api.resource_kit.events import object_messages
from paysandbox.stripe_api.resource_kit.stored_object import Attributes, Cause, StoredObject, changed, deleted
from paysandbox.stripe_api.resources.declared import RESOURCES

_MERCHANT: Final = "demo"
_AT: Final = parse_timestamp("2026-11-16T09:30:00.000000Z")
_SUFFIX: Final = "lq3ixxwqhhv4esbl5ohtdhmqau"
_UPDATES: Final[Mapping[str, tuple[Attributes, Attributes]]] = {
    "product": ({"name": "Gold Plan"}, {"name": "Gold Plan", "description": "Everything in Silver, and support."}),
    "price": (
        {"currency": "usd", "product": f"prod_{_SUFFIX}", "unit_amount": 10_00, "lookup_key": "gold"},
        {"currency": "usd", "product": f"prod_{_SUFFIX}", "unit_amount": 10_00, "lookup_key": "gold", "active": False},
    ),
    "customer": (
        {"email": "jenny@example.com", "name": "Jenny Rosen"},
        {"email": "jenny.rosen@example.com", "name": "Jenny Rosen"},
    ),
}
"""What the object of a resource has at first, and after an update."""


def _events() -> Iterator[dict[str, Any]]:
    for name, (first, second) in _UPDATES.items():
        resource = RESOURCES[name]
        cause = Cause(operation_id="1", request_id=EXAMPLE_REQUEST_ID, idempotency_key=f"{name}-gold", at=_AT)
        created = StoredObject(
            object=name, id=f"{resource.prefix}_{_SUFFIX}", merchant=_MERCHANT, attributes=first, created_by=cause,
            updated_at=_AT,
        )  # fmt: skip
        updated = changed(created, second, replace(cause, idempotency_key=None))
        gone = deleted(updated, {**second, **resource.when_deleted}, cause)
        for before, after in ((None, created), (created, updated), (updated, gone)):
            for message in object_messages(resource, before, after):
                yield json.loads(message.body)


OBJECT_EVENTS: Final = {event["data"]["type"]: event for event in _events()}
"""By Stripe's type."""
