# pyright: standard
"""What a Checkout session shows beside its own fields: what is due, and what its payer has entered. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from paysandbox.http.answer import Body
from paysandbox.stripe_api.checkout.line_item import (
    DISCOUNT,
    SHIPPING_OPTIONS,
    SHIPPING_RATE,
    session_totals,
    shipping_amount,
)
from paysandbox.stripe_api.checkout.rules import (
    COMPLETE,
    INVOICE,
    MODE,
    NOTHING_DUE,
    OPEN,
    PAYMENT,
    PAYMENT_INTENT,
    PAYMENT_STATUS,
    SETUP,
    SETUP_INTENT,
    SUBSCRIPTION,
    UNPAID,
    status_of,
)
from paysandbox.stripe_api.objects.stored_object import COLLECTED, Attributes, StoredObject

CLIENT_SECRET: Final = "client_secret"  # noqa: S105 - the name of a field
PAGE: Final = "page"
"""Beside the fields of a session: the address of its page."""

HOSTED: Final = "hosted_page"
WITHIN: Final = "embedded_page"
UI_MODE: Final = "ui_mode"

_ADDRESS: Final = ("city", "country", "line1", "line2", "postal_code", "state")
_NEVER: Final = (
    "after_expiration",
    "currency_conversion",
    "customer_account",
    "integration_identifier",
    "payment_link",
    "payment_method_configuration_details",
    "permissions",
    "recovered_from",
)
"""Fields of features that are not simulated: always null."""

_CUSTOM_TEXTS: Final = ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
_INVOICE: Final = ("account_tax_ids", "custom_fields", "description", "footer", "issuer", "rendering_options")


def shown(session: StoredObject) -> Attributes:
    """Return the fields that follow from others."""
    attributes = session.attributes
    hosted = attributes.get(UI_MODE, HOSTED) == HOSTED
    return {
        **dict.fromkeys(_NEVER),
        **_amounts(attributes),
        **_collected(attributes),
        "adaptive_pricing": attributes.get("adaptive_pricing", {"enabled": False}),
        "automatic_tax": _automatic_tax(attributes),
        CLIENT_SECRET: attributes.get(CLIENT_SECRET),
        "customer_creation": _customer_creation(attributes),
        "custom_fields": [_custom_field(field, attributes) for field in attributes.get("custom_fields", ())],
        "custom_text": dict.fromkeys(_CUSTOM_TEXTS) | attributes.get("custom_text", {}),
        "discounts": _discounts(attributes),
        "invoice_creation": _invoice_creation(attributes),
        "managed_payments": {"enabled": False},
        INVOICE: attributes.get(INVOICE),
        PAYMENT_INTENT: attributes.get(PAYMENT_INTENT) if attributes[MODE] == PAYMENT else None,
        "payment_method_collection": _collection(attributes),
        "payment_method_options": _method_options(attributes),
        "payment_method_types": attributes.get("payment_method_types", ["card"]),
        "phone_number_collection": attributes.get("phone_number_collection", {"enabled": False}),
        SETUP_INTENT: attributes.get(SETUP_INTENT) if attributes[MODE] == SETUP else None,
        SHIPPING_OPTIONS: attributes.get(SHIPPING_OPTIONS, []),
        "status": status_of(attributes),
        SUBSCRIPTION: attributes.get(SUBSCRIPTION),
        UI_MODE: attributes.get(UI_MODE, HOSTED),
        "url": attributes[PAGE] if hosted and status_of(attributes) == OPEN else None,
        **({} if hosted else {"redirect_on_completion": attributes.get("redirect_on_completion", "always")}),
    }


def payment_status(attributes: Attributes) -> str:
    """Return the payment status of a session."""
    if PAYMENT_STATUS in attributes:
        return attributes[PAYMENT_STATUS]
    due = attributes[MODE] != SETUP and session_totals(attributes).total
    return UNPAID if due else NOTHING_DUE


def _automatic_tax(attributes: Attributes) -> Body:
    """Return that tax is computed: it is 0, as taxes are not simulated."""
    if not attributes.get("automatic_tax"):
        return dict.fromkeys(("liability", "provider", "status")) | {"enabled": False}
    complete = status_of(attributes) == COMPLETE
    return {
        "enabled": True,
        "liability": {"type": "self"},
        "provider": "stripe",
        "status": "complete" if complete else "requires_location_inputs",
    }


def _customer_creation(attributes: Attributes) -> str | None:
    if attributes.get("customer") or attributes[MODE] == SUBSCRIPTION:
        return None
    return attributes.get("customer_creation", "if_required")


def _collection(attributes: Attributes) -> str:
    if attributes[MODE] == SUBSCRIPTION:
        return attributes.get("payment_method_collection", "always")
    return "if_required" if attributes[MODE] == PAYMENT else "always"


def _amounts(attributes: Attributes) -> Body:
    if attributes[MODE] == SETUP:
        nothing = dict.fromkeys(("amount_subtotal", "amount_total", "shipping_cost", "total_details"))
        return {**nothing, PAYMENT_STATUS: payment_status(attributes)}
    totals, shipping = session_totals(attributes), shipping_amount(attributes)
    cost = {
        "amount_subtotal": shipping,
        "amount_tax": 0,
        "amount_total": shipping,
        "shipping_rate": attributes.get(SHIPPING_RATE),
    }
    return {
        "amount_subtotal": totals.subtotal,
        "amount_total": totals.total,
        PAYMENT_STATUS: payment_status(attributes),
        "shipping_cost": None if shipping is None else cost,
        "total_details": {"amount_discount": totals.discount, "amount_shipping": shipping or 0, "amount_tax": 0},
    }


def _collected(attributes: Attributes) -> Body:
    collected: Attributes = attributes.get(COLLECTED, {})
    shipping = _shipping(collected["shipping"]) if "shipping" in collected else None
    return {
        "collected_information": {
            "business_name": None,
            "individual_name": None,
            "shipping_details": shipping,
        }
        if shipping
        else None,
        "shipping_details": shipping,
        "consent": {"promotions": None, "terms_of_service": "accepted"} if collected.get("terms") else None,
        "consent_collection": _consent_collection(attributes),
        "customer_details": _details(collected) if collected.get("email") else None,
    }


def _details(collected: Attributes) -> Body:
    address = collected.get("address")
    return {
        "address": {name: address.get(name) for name in _ADDRESS} if address else None,
        "business_name": collected.get("business_name"),
        "email": collected["email"],
        "individual_name": None,
        "name": collected.get("name"),
        "phone": collected.get("phone"),
        "tax_exempt": "none",
        "tax_ids": collected.get("tax_ids", []),
    }


def _shipping(shipping: Mapping[str, Any]) -> Body:
    return {"address": {name: shipping["address"].get(name) for name in _ADDRESS}, "name": shipping["name"]}


def _custom_field(field: Attributes, attributes: Attributes) -> Body:
    """Return a field of the merchant's with what the payer has entered."""
    kind: str = field["type"]
    value = attributes.get(COLLECTED, {}).get("custom_fields", {}).get(field["key"])
    given: Attributes = field.get(kind) or {}
    limits = {name: given.get(name) for name in ("maximum_length", "minimum_length")}
    typed = {"options": given.get("options", [])} if kind == "dropdown" else limits
    return {
        "key": field["key"],
        "label": field["label"],
        "optional": bool(field.get("optional")),
        "type": kind,
        kind: {"default_value": given.get("default_value"), **typed, "value": value},
    }


def _consent_collection(attributes: Attributes) -> Body | None:
    wanted: Attributes | None = attributes.get("consent_collection")
    names = ("payment_method_reuse_agreement", "promotions", "terms_of_service")
    return {name: wanted.get(name) for name in names} if wanted else None


def _discounts(attributes: Attributes) -> Sequence[Body]:
    discount: Attributes | None = attributes.get(DISCOUNT)
    if discount is None:
        return []
    named = discount.get("promotion_code")
    return [{"coupon": None if named else discount["coupon"], "promotion_code": named}]


def _invoice_creation(attributes: Attributes) -> Body | None:
    if attributes[MODE] != PAYMENT:
        return None
    wanted: Attributes = attributes.get("invoice_creation") or {}
    data: Attributes = wanted.get("invoice_data") or {}
    return {
        "enabled": bool(wanted.get("enabled")),
        "invoice_data": {name: data.get(name) for name in _INVOICE} | {"metadata": data.get("metadata") or {}},
    }


def _method_options(attributes: Attributes) -> Body:
    """Return the options of cards as they were sent."""
    sent: Attributes = attributes.get("payment_method_options", {}).get("card") or {}
    options = {name: value for name, value in sent.items() if value is not None}
    return {"card": {"request_three_d_secure": "automatic", **options}}
