# pyright: standard
"""The price of a subscription's item or of an invoice's line, as it was when it was added, and its older form, a plan.

A price's amount and period never change. Its metadata, nickname and lookup key stay here as they were.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from paysandbox.http.answer import Body
from paysandbox.stripe_api.objects.stored_object import Attributes, Cause, StoredObject, new_object
from paysandbox.stripe_api.resource_kit.rendering import render
from paysandbox.stripe_api.resources.products.price_resource import PRICE

Snapshot = Mapping[str, Any]
"""`id`, `created` (Unix seconds) and `attributes` of a price."""

PLAN: Final = "plan"
_SAME: Final = ("active", "billing_scheme", "created", "currency", "livemode", "metadata", "nickname", "product")


def snapshot_of(price: StoredObject) -> Snapshot:
    """Return what is stored of a price with what has it."""
    return {
        "id": price.id,
        "created": int(price.created_at.timestamp()),
        "attributes": price.attributes,
    }


def price_body(snapshot: Snapshot) -> Body:
    """Render a price."""
    cause = Cause(operation_id=snapshot["id"], request_id="", at=datetime.fromtimestamp(snapshot["created"], UTC))
    return render(PRICE, new_object("", PRICE.object, snapshot["id"], snapshot["attributes"], cause))


def plan_body(snapshot: Snapshot) -> Body:
    """Render a price that recurs as a plan."""
    price = price_body(snapshot)
    return {"id": price["id"], "object": PLAN, **plan_fields(price)}


def plan_fields(price: Body) -> Attributes:
    """Return the fields of a plan, from those of its price."""
    recurring = price["recurring"] or {}
    return {
        **dict.fromkeys(("meter", "tiers_mode", "transform_usage")),
        **{name: price[name] for name in _SAME},
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "interval": recurring.get("interval"),
        "interval_count": recurring.get("interval_count"),
        "trial_period_days": recurring.get("trial_period_days"),
        "usage_type": recurring.get("usage_type"),
    }
