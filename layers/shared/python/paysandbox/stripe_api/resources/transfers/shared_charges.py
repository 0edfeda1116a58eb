# pyright: standard
"""Transfers and application fees of charges: stored as objects of the platform, with what was returned of them.

They follow from the payment alone, which moves their money. So they are stored in the answer to the request that
captures or refunds, and again from the ledger's stream: for captures without such a request, and for one whose function
was killed. Separate transfers are stored with their operation (`charge_transfers.py`); what a failing
capture returns of them is stored here.
"""

import json
from collections.abc import Collection, Iterator
from typing import Final

from paysandbox.core import ids
from paysandbox.core.errors import Contended
from paysandbox.core.record import record
from paysandbox.core.stripe_amounts import from_ledger
from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments.connect.fee_refunded import FeeRefunded
from paysandbox.payments.connect.shares import shared_line_id
from paysandbox.payments.operations.authorization import authorization_of
from paysandbox.payments.operations.capture_failed import CaptureFailed
from paysandbox.payments.operations.refund import Refund
from paysandbox.payments.payment import LineKind, Operation, Payment, Share, State, Step, steps
from paysandbox.stripe_api.connect.application_fee import APPLICATION_FEE, DIRECT, REFUNDS
from paysandbox.stripe_api.ids import (
    account_id,
    balance_transaction_id,
    charge_id,
    fee_of_capture,
    fee_refund_id,
    refund_id,
    transfer_by,
    transfer_reversal_id,
)
from paysandbox.stripe_api.objects.stored_object import (
    Attributes,
    Cause,
    StoredObject,
    changed,
    new_object,
    without_defaults,
)
from paysandbox.stripe_api.resource_kit.objects_table import put_objects
from paysandbox.stripe_api.resource_kit.tables import objects_table
from paysandbox.stripe_api.resources.transfers.transfer import (
    DESTINATION,
    REVERSALS,
    SHARED_BY,
    TRANSFER,
    transactions_of_reversal,
)

_TRIES: Final = 10
"""Of a write that meets others of the same object."""


@record
class Returned:
    """An entry of what was returned of a transfer or a fee, and what made it."""

    entry: Attributes
    cause: Cause


@record
class SharedObject:
    """A transfer or fee as its payment says: as it was created, and what was returned of it since, oldest first.

    The entries are in the attribute `entries`.
    """

    created: StoredObject
    entries: str
    returned: tuple[Returned, ...]


def store_shared(payment: Payment, change: Step | None = None) -> None:
    """Store the transfers and fees that a change of a payment's charge made, and what it returned of them. Idempotent.

    `change` is one of the payment's steps, or None for the last that changed what it shares. Each transfer or fee takes
    a write, which is refused if it is stored already, and one for each return that is not. What earlier changes made
    takes none, however many captures there are.
    """
    step = change or _last_change(payment)
    if step is None:
        return
    before, after = step.before.shares, step.after.shares
    store_shared_by(payment, {of for of in (*before, *after) if before.get(of) != after.get(of)})


def store_shared_by(payment: Payment, operations: Collection[str]) -> None:
    """Store the transfers and fees that these operations share, and what was returned of them, as `store_shared`."""
    for wanted in shared_objects(payment, operations):
        # A separate transfer is stored with its operation.
        if wanted.returned or ids.kind_of(wanted.created.attributes[SHARED_BY]) != ids.TRANSFER:
            _store(wanted)


def _last_change(payment: Payment) -> Step | None:
    return next((step for step in reversed([*steps(payment)]) if step.shares), None)


def shared_objects(payment: Payment, shared_by: Collection[str] | None = None) -> Iterator[SharedObject]:
    """Yield the transfers and fees of a payment's captures and separate transfers, as its operations say.

    `shared_by` are the operations that share (None: all).
    """
    for step in steps(payment):
        operation = step.operation
        share = step.after.shares.get(operation.id)
        if share is None or (shared_by is not None and operation.id not in shared_by):
            continue
        if share.transfer:
            made = _new_transfer(payment, step.after, operation, share)
            yield SharedObject(made, REVERSALS, tuple(_reversals(payment, made)))
        if share.fee:
            made = _new_fee(payment, operation, share)
            yield SharedObject(made, REFUNDS, tuple(_fee_refunds(payment, made, share)))


def _new_transfer(payment: Payment, state: State, operation: Operation, share: Share) -> StoredObject:
    terms = state.terms
    line = shared_line_id(operation.id, operation.id, LineKind.TRANSFER)
    attributes: Attributes = {
        "amount": from_ledger(share.transfer, payment.currency),
        "balance_transaction": balance_transaction_id(line),
        "currency": payment.currency.lower(),
        DESTINATION: account_id(share.other),
        "source_transaction": charge_id(authorization_of(payment).id),
        "transfer_group": terms.transfer_group if terms else None,
        SHARED_BY: operation.id,
    }
    name = transfer_by(operation.id)
    return new_object(payment.merchant, TRANSFER, name, without_defaults(attributes), _cause(operation))


def _new_fee(payment: Payment, capture: Operation, share: Share) -> StoredObject:
    platform, account = (share.other, payment.merchant) if share.is_direct else (payment.merchant, share.other)
    line = shared_line_id(capture.id, capture.id, LineKind.APPLICATION_FEE, of_other=share.is_direct)
    attributes: Attributes = {
        "account": account_id(account),
        "amount": from_ledger(share.fee, payment.currency),
        "balance_transaction": balance_transaction_id(line),
        "charge": charge_id(authorization_of(payment).id),
        "currency": payment.currency.lower(),
        DIRECT: share.is_direct or None,
        SHARED_BY: capture.id,
    }
    name = fee_of_capture(capture.id)
    return new_object(platform, APPLICATION_FEE, name, without_defaults(attributes), _cause(capture))


def _reversals(payment: Payment, transfer: StoredObject) -> Iterator[Returned]:
    shared_by: str = transfer.attributes[SHARED_BY]
    for operation, amount in _returned(payment, shared_by, "reversed"):
        # What a failed capture returns has other IDs.
        moved = {} if isinstance(operation, CaptureFailed) else transactions_of_reversal(operation.id, shared_by)
        entry = {
            **moved,
            **_entry(payment, operation, amount, transfer_reversal_id(transfer.id, operation.id)),
            "refund": refund_id(operation.id) if isinstance(operation, Refund) else None,
        }
        yield Returned(without_defaults(entry), _cause(operation))


def _fee_refunds(payment: Payment, fee: StoredObject, share: Share) -> Iterator[Returned]:
    capture: str = fee.attributes[SHARED_BY]
    for operation, amount in _returned(payment, capture, "fee_refunded"):
        kind = LineKind.APPLICATION_FEE_REFUND
        line = shared_line_id(operation.id, capture, kind, of_other=share.is_direct)
        entry = {
            **_entry(payment, operation, amount, fee_refund_id(fee.id, operation.id)),
            "balance_transaction": None if isinstance(operation, CaptureFailed) else balance_transaction_id(line),
        }
        yield Returned(without_defaults(entry), _cause(operation))


def _returned(payment: Payment, capture: str, counter: str) -> Iterator[tuple[Operation, int]]:
    """Yield the operations that returned a part of a capture's transfer or fee, with that part (minor units).

    A capture that fails returns what is left.
    """
    for step in steps(payment):
        before, after = step.before.shares.get(capture), step.after.shares.get(capture)
        if before is None:
            continue
        if after is None:
            amount = before.transfer_left if counter == "reversed" else before.fee_left
        else:
            amount: int = getattr(after, counter) - getattr(before, counter)
        if amount:
            yield step.operation, amount


def _entry(payment: Payment, operation: Operation, amount: int, name: str) -> Attributes:
    metadata = operation.metadata if isinstance(operation, FeeRefunded) else None
    return {
        "id": name,
        "amount": from_ledger(amount, payment.currency),
        "at": format_timestamp(operation.at),
        "request": operation.request_id,
        **({"metadata": json.loads(metadata)} if metadata else {}),
    }


def _cause(operation: Operation) -> Cause:
    return Cause(
        operation_id=operation.id,
        request_id=operation.request_id,
        idempotency_key=operation.idempotency_key,
        at=operation.at,
    )


def _store(wanted: SharedObject) -> None:
    table, new = objects_table(), wanted.created
    stored = put_objects(table, (new,)) or new
    conflicts = 0
    while missing := _first_missing(wanted, stored):
        entries = [missing.entry, *stored.attributes.get(wanted.entries, ())]
        after = changed(stored, {**stored.attributes, wanted.entries: entries}, missing.cause)
        stored = put_objects(table, (after,)) or stored
        conflicts += stored is not after
        if conflicts == _TRIES:
            raise Contended


def _first_missing(wanted: SharedObject, stored: StoredObject) -> Returned | None:
    known = {entry["id"] for entry in stored.attributes.get(wanted.entries, ())}
    return next((each for each in wanted.returned if each.entry["id"] not in known), None)
