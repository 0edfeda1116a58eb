# pyright: standard
"""What a subscription shows beside its fields, and its items. Pure.

Source: `Subscriptions.d.ts` and `SubscriptionItems.d.ts` of stripe-node 23.1.0, and answers of Stripe's test mode that
pay-rails/pay has recorded.
"""

from datetime import UTC, datetime
from typing import Any, Final

from paysandbox.core import ids
from paysandbox.core.record import replace
from paysandbox.http.answer import Body
from paysandbox.stripe_api.billing import subscription as rules
from paysandbox.stripe_api.billing.prices import plan_body, price_body
from paysandbox.stripe_api.billing.subscription import DETAILS, ITEMS, period_of, status_of
from paysandbox.stripe_api.objects.render import render_list
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject, new_object

SUBSCRIPTION_ITEM: Final = "subscription_item"
SHOWN: Final = 10
"""Items within a subscription: as many as in a page."""

_ITEMS_URL: Final = "/v1/subscription_items?subscription={}"

_NEVER: Final = (
    "application",
    "application_fee_percent",
    "billing_cycle_anchor_config",
    "billing_thresholds",
    "customer_account",
    "managed_payments",
    "next_pending_invoice_item_invoice",
    "on_behalf_of",
    "pause_collection",
    "pending_invoice_item_interval",
    "pending_setup_intent",
    "pending_update",
    "schedule",
    "test_clock",
    "transfer_data",
)
"""Fields of features that are not simulated: always null."""


def shown(subscription: StoredObject) -> Attributes:
    """Return what follows from others, and what is not simulated, with what earlier versions have besides."""
    attributes = subscription.attributes
    items = items_of(subscription)
    bodies: list[Body] = [item_body(each) for each in items[:SHOWN]]
    details: Attributes = attributes.get(DETAILS, {})
    enabled = bool(attributes.get("automatic_tax"))
    first = attributes[ITEMS][0]
    settings: Attributes = attributes.get("payment_settings", {})
    behavior = (attributes.get("trial_settings") or {}).get("end_behavior") or {}
    only = len(items) == 1
    return {
        **dict.fromkeys(_NEVER),
        **earlier(subscription),
        "automatic_tax": {
            "disabled_reason": None,
            "enabled": enabled,
            "liability": {"type": "self"} if enabled else None,
        },
        "billing_mode": _billing_mode(subscription),
        "billing_schedules": [],
        rules.CANCEL_AT_END: attributes.get(rules.CANCEL_AT_END, False),
        DETAILS: {name: details.get(name) for name in ("comment", "feedback", "feedback_option", "reason")},
        "default_tax_rates": [],
        "discounts": [],
        "invoice_settings": {
            **dict.fromkeys(("account_tax_ids", "custom_fields", "description", "footer")),
            "issuer": {"type": "self"},
        },
        ITEMS: {
            **render_list(_ITEMS_URL.format(subscription.id), bodies, has_more=len(items) > SHOWN),
            "total_count": len(items),
        },
        "payment_settings": {
            "payment_method_options": settings.get("payment_method_options"),
            "payment_method_types": settings.get("payment_method_types"),
            "save_default_payment_method": settings.get("save_default_payment_method") or "off",
        },
        # In no type of the SDKs, and in every recorded answer: of a subscription to one price.
        "plan": plan_body(first["price"]) if only else None,
        "quantity": first["quantity"] if only else None,
        "status": status_of(attributes),
        "trial_settings": {
            "end_behavior": {
                "billing_cycle_anchor": None,
                "missing_payment_method": behavior.get("missing_payment_method") or "create_invoice",
            }
        },
    }


def earlier(subscription: StoredObject) -> Attributes:
    """Return what a subscription has besides before 2025-03-31."""
    start, end = period_of(subscription.attributes)
    return {
        "current_period_end": int(end.timestamp()),
        "current_period_start": int(start.timestamp()),
        "discount": None,
    }


def items_of(subscription: StoredObject) -> tuple[StoredObject, ...]:
    """Return the items of a subscription."""
    start, end = period_of(subscription.attributes)
    period = {"current_period_end": int(end.timestamp()), "current_period_start": int(start.timestamp())}

    def item(of: Attributes) -> StoredObject:
        facts = {**{name: of[name] for name in ("price", "quantity")}, **period, "subscription": subscription.id}
        cause = replace(subscription.created_by, at=datetime.fromtimestamp(of["created"], UTC))
        return replace(
            new_object(
                subscription.merchant, SUBSCRIPTION_ITEM, of["id"], {**facts, "metadata": of.get("metadata", {})}, cause
            ),
            version=subscription.version,
            updated_at=subscription.updated_at,
            changes=subscription.changes,
        )

    return tuple(map(item, subscription.attributes[ITEMS]))


def item_body(item: StoredObject) -> Body:
    """Render an item."""
    created = int(item.created_at.timestamp())
    return {"id": item.id, "object": SUBSCRIPTION_ITEM, "created": created, **item_fields(item)}


def item_fields(item: StoredObject) -> dict[str, Any]:
    """Return the fields of an item."""
    attributes = item.attributes
    return {
        **{
            name: attributes[name]
            for name in ("current_period_end", "current_period_start", "metadata", "quantity", "subscription")
        },
        "billing_thresholds": None,
        "current_trial": None,
        "discounts": [],
        "plan": plan_body(attributes["price"]),
        "price": price_body(attributes["price"]),
        "tax_rates": [],
    }


def item_name(subscription_id: str, place: int) -> str:
    """Return the ID of an item of a subscription, by its place at creation."""
    own = ids.derive(SUBSCRIPTION_ITEM, subscription_id, str(place), length=ids.SUFFIX_LENGTH)
    return f"si_{subscription_id.removeprefix('sub_')}{own}"


def subscription_of_item(name: str) -> str | None:
    """Return the ID of the subscription that has an item, or None for any other text."""
    body = name.removeprefix("si_")
    return f"sub_{body[: -ids.SUFFIX_LENGTH]}" if name != body and len(body) > ids.SUFFIX_LENGTH else None


def _billing_mode(subscription: StoredObject) -> Body:
    mode: Attributes = subscription.attributes.get("billing_mode") or {"type": "flexible"}
    if mode["type"] != "flexible":
        return {"flexible": None, "type": mode["type"]}
    updated = int(subscription.created_at.timestamp())
    return {"flexible": {"proration_discounts": "included"}, "type": "flexible", "updated_at": updated}
