# pyright: standard
"""What an invoice shows beside its fields, its lines and its payments, and what it had in earlier versions. Pure.

Source: `Invoices.d.ts`, `InvoiceLineItems.d.ts` and `InvoicePayments.d.ts` of stripe-node 23.1.0, and answers of
Stripe's test mode that pay-rails/pay has recorded.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from paysandbox.core.record import replace
from paysandbox.http.answer import Body
from paysandbox.stripe_api.billing import invoice as rules
from paysandbox.stripe_api.billing.invoice import LINES, amount_left, status_of, total_of
from paysandbox.stripe_api.billing.lines import Line
from paysandbox.stripe_api.ids import payment_of_intent
from paysandbox.stripe_api.objects.render import render_list
from paysandbox.stripe_api.objects.stored_object import Attributes, Cause, StoredObject, new_object

BILLED_TO: Final = "billed_to"
"""Beside the fields: the customer's address, e-mail address, name, phone, shipping and tax status, as of then."""

OF_SUBSCRIPTION: Final = "subscription_metadata"
"""Beside the fields: the metadata of its subscription, as of its creation."""

PRICES: Final = "prices"
"""Beside the fields: the prices of its lines, by ID, as of then: `created` and `attributes`."""

INVOICE_PAYMENT: Final = "invoice_payment"
LINE_ITEM: Final = "line_item"
SHOWN: Final = 10
"""Lines within an invoice: as many as in a page."""

_NEVER: Final = (
    "account_tax_ids",
    "application",
    "customer_account",
    "from_invoice",
    "last_finalization_error",
    "latest_revision",
    "on_behalf_of",
    "receipt_number",
    "shipping_cost",
    "test_clock",
)
"""Fields of features that are not simulated: always null."""

_NOTHING: Final = (
    "amount_overpaid",
    "amount_shipping",
    "post_payment_credit_notes_amount",
    "pre_payment_credit_notes_amount",
    "starting_balance",
)
"""Amounts of features that are not simulated: always 0."""

_EARLIER: Final = ("application_fee_amount", "discount", "quote", "tax", "transfer_data")
"""Null before 2025-03-31, and gone since."""


def shown(invoice: StoredObject) -> Attributes:
    """Return what follows from others, and what is not simulated, with what earlier versions have besides."""
    attributes, status = invoice.attributes, status_of(invoice.attributes)
    total, left, lines = total_of(attributes), amount_left(attributes), attributes.get(LINES, ())
    created = int(invoice.created_at.timestamp())
    start, end = attributes.get(rules.PERIOD, (created, created))
    url = f"/v1/invoices/{invoice.id}/lines"
    bodies = [line_body(invoice, line) for line in lines[:SHOWN]]
    return {
        **dict.fromkeys(_NEVER),
        **dict.fromkeys(_NOTHING, 0),
        **_billed_to(attributes),
        **earlier(invoice),
        "account_country": "US",
        "account_name": None,
        "amount_due": total,
        "amount_paid": attributes.get(rules.AMOUNT_PAID, 0),
        "amount_remaining": 0 if attributes.get(rules.OUT_OF_BAND) else left,
        "attempt_count": attributes.get(rules.ATTEMPTS, 0),
        "attempted": attributes.get(rules.ATTEMPTED, False),
        "automatic_tax": _automatic_tax(attributes),
        rules.FINALIZES_AT: _finalizes_at(invoice),
        rules.REASON: attributes.get(rules.REASON, "manual"),
        "confirmation_secret": attributes.get(rules.INTENT),
        "default_tax_rates": [],
        "discounts": [],
        "effective_at": attributes.get(rules.FINALIZED_AT),
        "ending_balance": None if status == rules.DRAFT else 0,
        "hosted_invoice_url": None,
        "invoice_pdf": None,
        "issuer": {"type": "self"},
        LINES: {**render_list(url, bodies, has_more=len(lines) > SHOWN), "total_count": len(lines)},
        rules.NEXT_ATTEMPT: attributes.get(rules.NEXT_ATTEMPT),
        "parent": _parent(attributes),
        "payment_settings": dict.fromkeys(("default_mandate", "payment_method_options", "payment_method_types"))
        | attributes.get("payment_settings", {}),
        "period_end": end,
        "period_start": start,
        "status": status,
        "status_transitions": {
            name: attributes.get(name)
            for name in (rules.FINALIZED_AT, rules.UNCOLLECTIBLE_AT, rules.PAID_AT, rules.VOIDED_AT)
        },
        "subtotal": total,
        "subtotal_excluding_tax": total,
        "total": total,
        "total_discount_amounts": [],
        "total_excluding_tax": total,
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
        "webhooks_delivered_at": created,
    }


def earlier(invoice: StoredObject) -> Attributes:
    """Return what an invoice has besides before 2025-03-31."""
    attributes, subscription = invoice.attributes, invoice.attributes.get(rules.SUBSCRIPTION)
    intent = attributes.get(rules.INTENT)
    return {
        **dict.fromkeys(_EARLIER),
        "charge": attributes.get("charge"),
        "paid": status_of(attributes) == rules.PAID,
        "paid_out_of_band": attributes.get(rules.OUT_OF_BAND, False),
        "payment_intent": intent,
        "subscription": subscription,
        "subscription_details": {"metadata": attributes.get(OF_SUBSCRIPTION, {}) if subscription else None},
        "total_tax_amounts": [],
    }


def line_body(invoice: StoredObject, line: Line) -> Body:
    """Render a line, with what earlier versions have besides."""
    price = line.get("price")
    priced: dict[str, Any] = {"type": "price_details", "unit_amount_decimal": line.get("unit")}
    if price is not None:
        priced["price_details"] = {"price": price, "product": line["product"]}
    return {
        "id": line["id"],
        "object": LINE_ITEM,
        "amount": line["amount"],
        "currency": invoice.attributes["currency"],
        "description": line.get("description"),
        "discount_amounts": [],
        "discountable": line.get("discountable", True),
        "discounts": [],
        "invoice": invoice.id,
        "livemode": False,
        "metadata": line.get("metadata", {}),
        "parent": _parent_of_line(line),
        "period": {"end": line["end"], "start": line["start"]},
        "pretax_credit_amounts": [],
        "pricing": priced,
        "quantity": line["quantity"],
        "quantity_decimal": str(line["quantity"]),
        "subscription": line.get("subscription"),
        "subtotal": line["amount"],
        "taxes": [],
        **_earlier_of_line(invoice, line),
    }


def payments_of(invoice: StoredObject) -> tuple[StoredObject, ...]:
    """Return the payments of an invoice: the one of its intent, since it was finalized."""
    attributes, status = invoice.attributes, status_of(invoice.attributes)
    intent = attributes.get(rules.INTENT)
    if intent is None or attributes.get(rules.OUT_OF_BAND):
        return ()
    at = datetime.fromtimestamp(attributes[rules.FINALIZED_AT], UTC)
    cause: Cause = replace(invoice.changed_by, at=at)
    facts = {
        "amount_paid": attributes.get(rules.AMOUNT_PAID),
        "amount_requested": total_of(attributes),
        "currency": attributes["currency"],
        "invoice": invoice.id,
        "payment": {"payment_intent": intent, "type": "payment_intent"},
        "status": {rules.PAID: "paid", rules.VOID: "canceled"}.get(status, "open"),
        "status_transitions": {
            "canceled_at": attributes.get(rules.VOIDED_AT),
            "paid_at": attributes.get(rules.PAID_AT),
        },
    }
    return (
        replace(
            new_object(invoice.merchant, INVOICE_PAYMENT, payment_name(invoice.id), facts, cause),
            version=invoice.version,
            updated_at=invoice.updated_at,
            changes=invoice.changes,
        ),
    )


def payments_list(bodies: Sequence[Body]) -> Body:
    """Return the list of an invoice's payments, as it is expanded in it."""
    return render_list("/v1/invoices/payments", [*bodies], has_more=False)


def payment_name(invoice_id: str) -> str:
    """Return the ID of an invoice's payment: an invoice has one."""
    return f"inpay_{invoice_id.removeprefix('in_')}"


def invoice_of_payment(name: str) -> str | None:
    """Return the ID of the invoice whose payment this is, or None for any other text."""
    return f"in_{name.removeprefix('inpay_')}" if name.startswith("inpay_") else None


def ledger_payment_of(invoice: StoredObject) -> str | None:
    """Return the ID of the payment in the ledger that pays an invoice, or None before it was finalized."""
    intent = invoice.attributes.get(rules.INTENT)
    return payment_of_intent(intent) if intent else None


def _billed_to(attributes: Attributes) -> Body:
    known: Attributes = attributes.get(BILLED_TO, {})
    names = ("address", "email", "name", "phone", "shipping")
    return {
        **{f"customer_{name}": known.get(name) for name in names},
        "customer_tax_exempt": known.get("tax_exempt", "none"),
        "customer_tax_ids": [],
        "shipping_details": None,
    }


def _automatic_tax(attributes: Attributes) -> Body:
    """Tax is not simulated: if it is asked for, there is none."""
    enabled = bool(attributes.get("automatic_tax"))
    return {
        "disabled_reason": None,
        "enabled": enabled,
        "liability": {"type": "self"} if enabled else None,
        "provider": None,
        "status": "complete" if enabled else None,
    }


def _finalizes_at(invoice: StoredObject) -> int | None:
    step = rules.next_step(invoice)
    return int(step[1].timestamp()) if step is not None and step[0] == "finalize" else None


def _parent(attributes: Attributes) -> Body | None:
    subscription = attributes.get(rules.SUBSCRIPTION)
    if subscription is None:
        return None
    details = {"metadata": attributes.get(OF_SUBSCRIPTION, {}), "subscription": subscription}
    return {"quote_details": None, "subscription_details": details, "type": "subscription_details"}


def _parent_of_line(line: Line) -> Body:
    proration: dict[str, Any] = {"proration": False, "proration_details": {"credited_items": None}}
    subscription, item = line.get("subscription"), line.get("invoice_item")
    of_item = None if item is None else {"invoice_item": item, **proration, "subscription": subscription}
    of_subscription = None
    if item is None:
        names = {"subscription": subscription, "subscription_item": line.get("subscription_item")}
        of_subscription = {"invoice_item": None, **proration, **names}
    kind = "subscription_item_details" if item is None else "invoice_item_details"
    return {"invoice_item_details": of_item, "subscription_item_details": of_subscription, "type": kind}


def _earlier_of_line(invoice: StoredObject, line: Line) -> Body:
    """Return what a line has besides before 2025-03-31."""
    from paysandbox.stripe_api.billing.prices import plan_body, price_body

    of = invoice.attributes.get(PRICES, {}).get(line.get("price"))
    snapshot = {"id": line["price"], **of} if of else None
    return {
        "amount_excluding_tax": line["amount"],
        "invoice_item": line.get("invoice_item"),
        "plan": plan_body(snapshot) if snapshot and snapshot["attributes"].get("recurring") else None,
        "price": price_body(snapshot) if snapshot else None,
        "proration": False,
        "proration_details": {"credited_items": None},
        "subscription_item": line.get("subscription_item"),
        "tax_amounts": [],
        "tax_rates": [],
        "type": "subscription" if line.get("invoice_item") is None else "invoiceitem",
        "unit_amount_excluding_tax": line.get("unit"),
    }
