"""Stripe's ConfirmationToken: a payment method, and how an intent is confirmed with it, for one use.

Source: `ConfirmationTokens.d.ts` of stripe-node 23.1.0.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from paysandbox.core import ids
from paysandbox.http.answer import Body
from paysandbox.stripe_api.ids import intent_id, intent_of_setup_attempt
from paysandbox.stripe_api.objects.intent import shown_shipping
from paysandbox.stripe_api.objects.method import render_method
from paysandbox.stripe_api.objects.stored_method import shown_method
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject

CONFIRMATION_TOKEN: Final = "confirmation_token"  # noqa: S105 - Stripe's name of the object
PREVIEW: Final = "payment_method_preview"

LIFETIME: Final = timedelta(hours=12)
"""Source: Stripe, "Migrate to Confirmation Tokens"."""

OF_METHOD: Final = ("card", "given", "allow_redisplay", "billing_details", "metadata")
"""What a token has of its payment method, stored as a payment method has it."""

APPLIED: Final = ("payment_method", "return_url", "setup_future_usage", "shipping")
"""What else it may have: parameters of the confirmation."""

_PREVIEWED: Final = ("allow_redisplay", "billing_details", "card", "customer", "customer_account", "type")


def expires_at(token: StoredObject) -> datetime:
    """Return from when on a token can no longer be used."""
    return token.created_at + LIFETIME


def token_fields(token: StoredObject) -> Body:
    """Return what a stored token has beside its ID and its creation. The attempt that used it names its intent."""
    attributes, used_by = token.attributes, token.used_by or ""
    method, payment_id = render_method(shown_method(token)), ids.payment_of(used_by)
    shipping: Mapping[str, Any] | None = attributes.get("shipping")
    shown = shown_shipping(shipping) if shipping else {}
    return {
        **dict.fromkeys(("mandate_data", "metadata", "payment_method_options")),
        "expires_at": int(expires_at(token).timestamp()),
        "payment_intent": intent_id(payment_id) if payment_id else None,
        PREVIEW: {name: method[name] for name in _PREVIEWED},
        "return_url": attributes.get("return_url"),
        "setup_future_usage": attributes.get("setup_future_usage"),
        "setup_intent": intent_of_setup_attempt(used_by),
        "shipping": {name: shown[name] for name in ("address", "name", "phone")} if shown else None,
        "use_stripe_sdk": True,
    }


def method_attributes_of(token: StoredObject) -> Attributes:
    """Return what is stored of a new payment method with the token's card."""
    return {name: token.attributes[name] for name in OF_METHOD if name in token.attributes}
