"""Stripe's Transfer and TransferReversal: funds that a platform sends to a connected account, and takes back.

A transfer has its reversals. Amounts are in Stripe's units, and ISO 4217 minor units in movements. Source:
`Transfers.d.ts` and `TransferReversals.d.ts` of stripe-node 23.1.0.
"""

from datetime import datetime
from typing import Any, Final

from paysandbox.core.stripe_amounts import from_stripe
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.funds.movement import Movement, MovementKind, between
from paysandbox.http.answer import Body
from paysandbox.payments.connect.shares import shared_line_id
from paysandbox.payments.payment import LineKind
from paysandbox.stripe_api.ids import balance_transaction_id, funds_transaction_id, refund_of_reversal
from paysandbox.stripe_api.objects.stored_object import Attributes, Cause, StoredObject, new_object

TRANSFER: Final = "transfer"
REVERSAL: Final = "transfer_reversal"
DESTINATION: Final = "destination"
REVERSALS: Final = "reversals"
"""Entries of a transfer, newest first: `id`, `amount`, `at`, `request`, `metadata` and `description` if given, and the
`balance_transaction`, that of the account, and the `refund` that made it, if its money moves with a payment."""
ACCOUNT_TRANSACTION: Final = "account_transaction"
"""In an entry: the balance transaction of the account that gives the money back."""
SHARED_BY: Final = "capture"
"""Beside the fields of a transfer or fee: the capture that shares it (`cap_…`), or the operation that transfers by
itself (`trf_…`). Its money moves with the payment's."""

SHOWN: Final = 10
"""Reversals in the list within a transfer: as many as in a page."""


def reversed_amount(attributes: Attributes) -> int:
    """Return what was reversed of a transfer."""
    return sum(entry["amount"] for entry in attributes.get(REVERSALS, ()))


def unreversed_amount(transfer: StoredObject) -> int:
    """Return what can still be reversed of a transfer."""
    return transfer.attributes["amount"] - reversed_amount(transfer.attributes)


def with_reversal(attributes: Attributes, entry: Attributes) -> Attributes:
    """Return the attributes of a transfer with one more reversal."""
    return {**attributes, REVERSALS: [entry, *attributes.get(REVERSALS, ())]}


def with_changed_reversal(attributes: Attributes, name: str, changes: Attributes) -> Attributes:
    """Return the attributes of a transfer with other values in the entry of a reversal."""
    entries = [{**entry, **changes} if entry["id"] == name else entry for entry in attributes[REVERSALS]]
    return {**attributes, REVERSALS: entries}


def reversal_entry(name: str, amount: int, cause: Cause, **parts: Any) -> Attributes:
    """Return the entry of a new reversal, without the parts that are None."""
    given = {part: value for part, value in parts.items() if value}
    return {"id": name, "amount": amount, "at": format_timestamp(cause.at), "request": cause.request_id, **given}


def reversals_of(transfer: StoredObject) -> tuple[StoredObject, ...]:
    """Return the reversals of a transfer as objects, the newest first."""
    return tuple(_reversal(transfer, entry) for entry in transfer.attributes.get(REVERSALS, ()))


def _reversal(transfer: StoredObject, entry: Attributes) -> StoredObject:
    at = parse_timestamp(entry["at"])
    attributes = {
        "amount": entry["amount"],
        "currency": transfer.attributes["currency"],
        "metadata": entry.get("metadata", {}),
        TRANSFER: transfer.id,
        **_transactions_of_reversal(transfer, entry, at),
        "refund": entry.get("refund"),
    }
    cause = Cause(operation_id=entry["id"], request_id=entry["request"], at=at)
    return new_object(transfer.merchant, REVERSAL, entry["id"], attributes, cause)


def _transactions_of_reversal(transfer: StoredObject, entry: Attributes, at: datetime) -> Attributes:
    """Return both balance transactions of a reversal: those that are stored if its money moves with a payment's."""
    if SHARED_BY in transfer.attributes:
        return {name: entry.get(name) for name in ("balance_transaction", ACCOUNT_TRANSACTION)}
    own, theirs = (
        funds_transaction_id(MovementKind.TRANSFER_REVERSAL, entry["id"], sign * entry["amount"], at)
        for sign in (1, -1)
    )
    return {"balance_transaction": own, ACCOUNT_TRANSACTION: theirs}


def transaction_of_transfer(transfer: StoredObject, *, of_account: bool = False) -> str | None:
    """Return the balance transaction of a transfer: that of its merchant, or of the account that gets it."""
    attributes = transfer.attributes
    if shared_by := attributes.get(SHARED_BY):
        own: str | None = attributes.get("balance_transaction")
        theirs = balance_transaction_id(shared_line_id(shared_by, shared_by, LineKind.TRANSFER, of_other=True))
        return theirs if of_account else own
    sign = 1 if of_account else -1
    return funds_transaction_id(MovementKind.TRANSFER, transfer.id, sign * attributes["amount"], transfer.created_at)


def reversal_fields(reversal: StoredObject) -> Body:
    """Return what a reversal has beside its own fields: the refund that it is for the account, and what made it."""
    return {
        "destination_payment_refund": refund_of_reversal(reversal.id),
        "source_refund": reversal.attributes.get("refund"),
    }


def transfer_events(before: StoredObject | None, after: StoredObject) -> tuple[str, ...]:
    """Return the events of a write. One that changes only the metadata of a reversal has none."""
    if before is None:
        return ("created",)
    if reversed_amount(after.attributes) > reversed_amount(before.attributes):
        return ("reversed",)
    same = _without_reversals(before.attributes) == _without_reversals(after.attributes)
    return () if same else ("updated",)


def transactions_of_reversal(operation_id: str, shared_by: str) -> Attributes:
    """Return what the entry of a reversal has if its money moves with a payment: both balance transactions."""
    own, theirs = (
        shared_line_id(operation_id, shared_by, LineKind.TRANSFER_REVERSAL, of_other=of_other)
        for of_other in (False, True)
    )
    return {"balance_transaction": balance_transaction_id(own), ACCOUNT_TRANSACTION: balance_transaction_id(theirs)}


def movements_of_transfer(transfer: StoredObject, receiver: str) -> tuple[Movement, ...]:
    """Return what a new transfer moves from its merchant to the one that receives it."""
    return between(
        transfer.id,
        MovementKind.TRANSFER,
        giver=transfer.merchant,
        taker=receiver,
        amount=_minor_units(transfer, transfer.attributes["amount"]),
        currency=transfer.attributes["currency"].upper(),
        at=transfer.created_at,
    )


def movements_of_reversal(transfer: StoredObject, receiver: str) -> tuple[Movement, ...]:
    """Return what the newest reversal of a transfer moves back from the merchant that received it."""
    return movements_of(transfer, reversals_of(transfer)[0], receiver)


def movements_of(transfer: StoredObject, reversal: StoredObject, receiver: str) -> tuple[Movement, ...]:
    """Return what a reversal of a transfer moved back from the merchant that received it."""
    return between(
        reversal.id,
        MovementKind.TRANSFER_REVERSAL,
        giver=receiver,
        taker=transfer.merchant,
        amount=_minor_units(transfer, reversal.attributes["amount"]),
        currency=transfer.attributes["currency"].upper(),
        at=reversal.created_at,
    )


def _without_reversals(attributes: Attributes) -> Attributes:
    return {name: value for name, value in attributes.items() if name != REVERSALS}


def _minor_units(transfer: StoredObject, amount: int) -> int:
    return from_stripe(amount, transfer.attributes["currency"].upper())
