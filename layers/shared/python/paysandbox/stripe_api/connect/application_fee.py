"""Stripe's ApplicationFee and FeeRefund: what a platform takes of a connected account's charge, and gives back.

A fee has its refunds. Its money moves with the payment that is shared (`payments/connect`). Source:
`ApplicationFees.d.ts` and `FeeRefunds.d.ts` of stripe-node 23.1.0.
"""

from typing import Final

from paysandbox.core.timestamps import parse_timestamp
from paysandbox.http.answer import Body
from paysandbox.stripe_api.ids import application_id
from paysandbox.stripe_api.objects.stored_object import Attributes, Cause, StoredObject, new_object

APPLICATION_FEE: Final = "application_fee"
FEE_REFUND: Final = "fee_refund"
REFUNDS: Final = "refunds"
"""Entries of a fee, newest first, as those of a transfer's reversals (`transfer.py`)."""
DIRECT: Final = "direct"
"""Beside the fields of a fee: that its charge is the connected account's own."""
FEE: Final = "fee"


def refunded_amount(attributes: Attributes) -> int:
    """Return what was refunded of a fee."""
    return sum(entry["amount"] for entry in attributes.get(REFUNDS, ()))


def with_refund(attributes: Attributes, entry: Attributes) -> Attributes:
    """Return the attributes of a fee with one more refund."""
    return {**attributes, REFUNDS: [entry, *attributes.get(REFUNDS, ())]}


def with_changed_refund(attributes: Attributes, name: str, changes: Attributes) -> Attributes:
    """Return the attributes of a fee with other values in the entry of a refund."""
    entries = [{**entry, **changes} if entry["id"] == name else entry for entry in attributes[REFUNDS]]
    return {**attributes, REFUNDS: entries}


def refunds_of_fee(fee: StoredObject) -> tuple[StoredObject, ...]:
    """Return the refunds of a fee as objects, the newest first."""
    return tuple(_refund(fee, entry) for entry in fee.attributes.get(REFUNDS, ()))


def fee_fields(fee: StoredObject) -> Body:
    """Return what follows from what is stored of a fee, without its refunds."""
    charge, refunded = fee.attributes["charge"], refunded_amount(fee.attributes)
    return {
        "amount_refunded": refunded,
        "application": application_id(fee.merchant),
        "fee_source": {"charge": charge, "type": "charge"},
        "originating_transaction": None if fee.attributes.get(DIRECT) else charge,
        "refunded": refunded == fee.attributes["amount"],
    }


def fee_events(before: StoredObject | None, after: StoredObject) -> tuple[str, ...]:
    """Return the events of a write."""
    if before is None:
        return ("created",)
    if refunded_amount(after.attributes) > refunded_amount(before.attributes):
        return ("refunded",)
    return ()


def _refund(fee: StoredObject, entry: Attributes) -> StoredObject:
    attributes = {
        "amount": entry["amount"],
        "balance_transaction": entry.get("balance_transaction"),
        "currency": fee.attributes["currency"],
        FEE: fee.id,
        "metadata": entry.get("metadata", {}),
    }
    cause = Cause(operation_id=entry["id"], request_id=entry["request"], at=parse_timestamp(entry["at"]))
    return new_object(fee.merchant, FEE_REFUND, entry["id"], attributes, cause)
