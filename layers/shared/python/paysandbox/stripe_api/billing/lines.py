"""The lines of an invoice: what is stored of each, what it amounts to, and how it reads. Pure.

A line is stored as facts, and rendered when it is read. Amounts are in Stripe's units of their currency.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from paysandbox.core import ids
from paysandbox.core.amount_text import amount_text
from paysandbox.core.stripe_amounts import from_stripe
from paysandbox.stripe_api.billing.periods import Cycle
from paysandbox.stripe_api.discounts.rules import price_amount
from paysandbox.stripe_api.objects.stored_object import StoredObject, without_defaults

Line = Mapping[str, Any]
"""`id`, `amount`, `description`, `start` and `end` (Unix seconds). Of a price: `price`, `product`, `unit` (the amount
of one, as a decimal text) and `quantity`. Of a subscription: `subscription` and `subscription_item`. Of an invoice
item: `invoice_item`."""


def subtotal_of(lines: Iterable[Line]) -> int:
    """Return what the lines amount to."""
    return sum(line["amount"] for line in lines)


def described(name: str, unit_label: str | None, quantity: int, unit: str, currency: str, cycle: Cycle) -> str:
    """Return how a line for a period reads: `1 user × Membership (at $25.00 / month)`. Stripe's words, as recorded."""
    of_one = amount_text(from_stripe(price_amount(unit, 1), currency.upper()), currency)
    every = cycle.interval if cycle.count == 1 else f"every {cycle.count} {cycle.interval}s"
    return f"{_counted(name, unit_label, quantity)} (at {of_one} / {every})"


def described_trial(name: str, unit_label: str | None, quantity: int) -> str:
    """Return how the line of a trial reads. Stripe's words, as recorded."""
    return f"Free trial for {_counted(name, unit_label, quantity)}"


def line_name(invoice: str, of: str) -> str:
    """Return the ID of the one line of an invoice for an item."""
    return f"il_{invoice.removeprefix('in_')}{ids.derive('il', invoice, of, length=ids.SUFFIX_LENGTH)}"


def line_of_item(item: StoredObject, invoice: str) -> Line:
    """Return the line of an invoice item."""
    attributes = item.attributes
    price: Mapping[str, Any] | None = attributes.get("price")
    return without_defaults(
        {
            "id": line_name(invoice, item.id),
            "amount": attributes["amount"],
            "description": attributes.get("description"),
            "discountable": attributes.get("discountable"),
            "end": attributes["period"]["end"],
            "invoice_item": item.id,
            "metadata": attributes.get("metadata"),
            "price": price["id"] if price else None,
            "product": price["attributes"]["product"] if price else None,
            "quantity": attributes.get("quantity", 1),
            "start": attributes["period"]["start"],
            "subscription": attributes.get("subscription"),
            "unit": attributes["unit"],
        }
    )


def _counted(name: str, unit_label: str | None, quantity: int) -> str:
    unit = f" {unit_label}" if unit_label else ""
    return f"{quantity}{unit} × {name}"
