# pyright: standard
"""Transfers to connected accounts, and their reversals: what a request makes of them, and what is stored with them."""

from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.core.stripe_amounts import to_ledger
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.connect.charge_terms import check_receives
from paysandbox.stripe_api.connect.connected_account import ACCOUNT
from paysandbox.stripe_api.ids import merchant_of_account, transfer_reversal_id
from paysandbox.stripe_api.objects.stored_object import (
    Cause,
    StoredObject,
    changed,
    new_object,
)
from paysandbox.stripe_api.requests import CreateTransfer, CreateTransferReversal
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.moved_funds import store_with_movements
from paysandbox.stripe_api.resource_kit.operations import Request
from paysandbox.stripe_api.resource_kit.parameters import attributes_after
from paysandbox.stripe_api.resources.transfers.transfer import (
    DESTINATION,
    SHARED_BY,
    movements_of_reversal,
    movements_of_transfer,
    reversal_entry,
    transactions_of_reversal,
    unreversed_amount,
    with_reversal,
)
from paysandbox.stripe_api.resources.transfers.transfer_resources import TRANSFER_REVERSALS, TRANSFERS

_FULLY_REVERSED: Final = "The transfer {} is already fully reversed."
"""Stripe's words (stripe-ruby#1058)."""
_TOO_MUCH: Final = "The amount is greater than what is left to reverse of the transfer {}: {}."
_NOT_COVERED: Final = "The available funds of the connected account {} do not cover this reversal."


def new_transfer(request: Request, name: str, cause: Cause) -> Stored:
    """Return a new transfer as the request describes it.

    Raises Refused: resource_not_found (`destination`), amount_not_whole, amount_invalid, and parameter_invalid for an
    account that cannot receive transfers.
    """
    call: StripeCall[CreateTransfer, None] = request.call
    body = call.body
    to_ledger(body.amount, body.currency)
    check_receives(request.read(ACCOUNT, body.destination), body.destination, DESTINATION)
    shown = {"amount": body.amount.units, "currency": body.currency.lower()}
    attributes = {**attributes_after(TRANSFERS, {}, body), **shown}
    return (new_object(call.merchant, TRANSFERS.object, name, attributes, cause),)


def store_transfer(objects: Stored) -> StoredObject:
    """Store a new transfer with what it moves. Raises Refused as `store_with_movements` does."""
    (transfer,) = objects
    return store_with_movements(transfer, movements_of_transfer(transfer, _receiver(transfer)))


def reversed_transfer(request: Request, current: StoredObject, cause: Cause) -> Stored:
    """Return a transfer with one more reversal, as the request describes it: by default of all that is left.

    Raises Refused: parameter_invalid if less is left; amount_not_whole, amount_invalid.
    """
    body: CreateTransferReversal = request.call.body
    left, currency = unreversed_amount(current), current.attributes["currency"].upper()
    if left == 0:
        raise Refused(Code.PARAMETER_INVALID, _FULLY_REVERSED.format(current.id))
    if body.amount is not None:
        to_ledger(body.amount, currency)
        if body.amount.units > left:
            raise Refused(Code.PARAMETER_INVALID, _TOO_MUCH.format(current.id, left), "amount")
    shared_by = current.attributes.get(SHARED_BY)
    entry = reversal_entry(
        transfer_reversal_id(current.id, cause.operation_id),
        left if body.amount is None else body.amount.units,
        cause,
        **(transactions_of_reversal(cause.operation_id, shared_by) if shared_by else {}),
        metadata=attributes_after(TRANSFER_REVERSALS, {}, body).get("metadata"),
        description=body.description,
    )
    return (changed(current, with_reversal(current.attributes, entry), cause),)


def store_reversal(objects: Stored) -> StoredObject:
    """Store a transfer with a new reversal and what that moves back. Raises Refused as `store_with_movements` does."""
    (transfer,) = objects
    movements = movements_of_reversal(transfer, _receiver(transfer))
    return store_with_movements(transfer, movements, _NOT_COVERED.format(transfer.attributes[DESTINATION]))


def _receiver(transfer: StoredObject) -> str:
    merchant = merchant_of_account(transfer.attributes[DESTINATION])
    if merchant is None:
        raise AssertionError(f"{transfer.id} was sent to no account")
    return merchant
