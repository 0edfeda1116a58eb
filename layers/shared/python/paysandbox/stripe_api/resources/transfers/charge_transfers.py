# pyright: standard
"""Transfers of what a charge captured, and their reversals: each is an operation on the charge's payment.

It is recorded in one transaction with the object that shows it, under an ID that is bound to the idempotency key. So a
transfer is there if, and only if, its money has moved, once, whatever is repeated or stops halfway. Neither balance is
asked: the money of the charge moves while it is pending, and what a reversal takes back may have to be owed.

Source: Stripe, "Create separate charges and transfers" (transfer availability).
"""

from collections.abc import Callable
from typing import Any, Final

from paysandbox.aws import backoff
from paysandbox.aws.runtime import ledger
from paysandbox.core import ids
from paysandbox.core.amount_text import amount_text
from paysandbox.core.errors import Code, Contended, Refused
from paysandbox.core.stripe_amounts import from_ledger, from_stripe, to_ledger
from paysandbox.funds.store import transact
from paysandbox.payments.change import Change
from paysandbox.payments.connect.rules import transfer_from
from paysandbox.payments.connect.shares import shared_line_id, transferable
from paysandbox.payments.connect.transfer_reversed import TransferReversed
from paysandbox.payments.connect.transferred import Transferred
from paysandbox.payments.idempotency import apply_idempotent
from paysandbox.payments.ledger.items import payment_in
from paysandbox.payments.ledger.store import get_payment, update_part
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.payment import LineKind, Payment, state_of
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.connect.charge_terms import check_receives
from paysandbox.stripe_api.connect.connected_account import ACCOUNT
from paysandbox.stripe_api.ids import balance_transaction_id, merchant_of_account, transfer_by
from paysandbox.stripe_api.lookups import find_charge
from paysandbox.stripe_api.objects.intent_state import terms_of
from paysandbox.stripe_api.objects.payment_snapshot import own_transfer_group
from paysandbox.stripe_api.objects.stored_object import StoredObject, as_created, as_of, change_of, new_object
from paysandbox.stripe_api.operation_fields import operation_fields
from paysandbox.stripe_api.requests import CreateTransfer, CreateTransferReversal
from paysandbox.stripe_api.resource_kit.objects_table import put_part
from paysandbox.stripe_api.resource_kit.operations import Request, Written
from paysandbox.stripe_api.resource_kit.parameters import attributes_after
from paysandbox.stripe_api.resource_kit.tables import objects_table
from paysandbox.stripe_api.resources.transfers.shared_charges import store_shared_by
from paysandbox.stripe_api.resources.transfers.transfer import DESTINATION, SHARED_BY, reversals_of, unreversed_amount
from paysandbox.stripe_api.resources.transfers.transfer_resources import TRANSFERS
from paysandbox.stripe_api.resources.transfers.transfers import reversed_transfer

_SOURCE: Final = "source_transaction"

_NOT_CAPTURED: Final = "The charge {} has captured nothing that could be transferred."
_EXCEEDS: Final = "Transfers using this transaction as a source must not exceed the source amount of {}."
_ALREADY: Final = " (There is already a transfer using this source, amounting to {}.)"
"""Stripe's sentences, as several public programs have recorded them."""
_TAKEN_BACK: Final = " {} of it was refunded or disputed: this sandbox transfers no more than what is left."

_TRIES: Final = 10
"""Of a transaction that meets others of the same payment or transfer."""

_Part = tuple[Change, StoredObject]
"""What a transaction writes: the change of a payment, and the object that shows it."""


def transfer_once(request: Request) -> Written:
    """Transfer a part of the charge that the request names as the source, once per idempotency key.

    Raises Refused: resource_not_found (`destination`, `source_transaction`); parameter_invalid for another currency,
    more than can be transferred, or an account that cannot receive it; too_many_changes, amount_not_whole.
    """
    call: StripeCall[CreateTransfer, None] = request.call
    read, attempt = find_charge(call, call.body.source_transaction or "", _SOURCE)

    def decide(current: Payment, operation_id: str) -> _Part:
        destination = call.body.destination
        check_receives(request.read(ACCOUNT, destination), destination, DESTINATION)
        amount = _amount(call.body, current, attempt)
        fields = operation_fields(call, operation_id)
        operation = Transferred(**fields, to=merchant_of_account(destination) or "", amount=amount)
        return transfer_from(current, operation), _new_transfer(request, current, operation)

    def act(operation_id: str) -> Payment:
        return _record(operation_id, read, lambda current: decide(current, operation_id))

    once, operation_id = apply_idempotent(call, ids.TRANSFER, read.id, act)
    return Written(as_created(_stored(request, transfer_by(operation_id))), once.replayed, once.first_request)


def reverse_once(request: Request, transfer: StoredObject) -> Written:
    """Reverse a part of a charge's transfer, by default all that is left, once per idempotency key.

    The result is the transfer as it was after this reversal, which is its newest then. Raises Refused:
    parameter_invalid if less is left; too_many_changes, amount_not_whole.
    """
    call: StripeCall[CreateTransferReversal, None] = request.call
    shared_by: str = transfer.attributes[SHARED_BY]
    payment_id = ids.payment_of(shared_by) or ""
    read = get_payment(ledger(), payment_id)
    if read is None:
        raise AssertionError(f"{transfer.id} is of the payment {payment_id}, which does not exist")

    def decide(current: Payment, operation_id: str) -> _Part:
        shown = transfer if current is read else _stored(request, transfer.id)
        if from_stripe(unreversed_amount(shown), current.currency) > state_of(current).shares[shared_by].transfer_left:
            # A refund has reversed a part, and is about to store that.
            store_shared_by(current, (shared_by,))
            shown = _stored(request, transfer.id)
        (after,) = reversed_transfer(request, shown, request.cause(operation_id, call.now))
        amount = from_stripe(reversals_of(after)[0].attributes["amount"], current.currency)
        operation = TransferReversed(**operation_fields(call, operation_id), of=shared_by, amount=amount)
        return transfer_from(current, operation), after

    def act(operation_id: str) -> Payment:
        return _record(operation_id, read, lambda current: decide(current, operation_id))

    once, operation_id = apply_idempotent(call, ids.TRANSFER_REVERSAL, payment_id, act)
    stored = _stored(request, transfer.id)
    done = change_of(stored, operation_id)
    if done is None:
        raise AssertionError(f"{transfer.id} does not show {operation_id}")
    return Written(as_of(stored, done), once.replayed, once.first_request)


def _record(operation_id: str, read: Payment, decide: Callable[[Payment], _Part]) -> Payment:
    """Record what `decide` returns for a payment, unless the operation is recorded already. Returns the payment."""
    current, table = read, objects_table()
    for tries in range(1, _TRIES + 1):
        if any(recorded.id == operation_id for recorded in current.operations):
            return current
        change, shown = decide(current)
        writes: list[Any] = [update_part(ledger(), change, current), put_part(table, shown)]
        reasons = transact(table.client, writes)
        if not reasons:
            return change.apply(current)
        backoff.wait(tries)
        current = payment_in(reasons[0].get("Item")) or get_payment(ledger(), read.id) or current
    raise Contended


def _stored(request: Request, name: str) -> StoredObject:
    stored = request.read(TRANSFERS.object, name)
    if stored is None:
        raise AssertionError(f"{name} does not exist")
    return stored


def _amount(body: CreateTransfer, current: Payment, attempt: Authorization) -> int:
    """Return the amount of a transfer in minor units. Refuses one that the charge does not cover."""
    state, charge = state_of(current), body.source_transaction
    if body.currency != current.currency:
        detail = f"The currency of the transfer must be that of its source, {current.currency.lower()}."
        raise Refused(Code.PARAMETER_INVALID, detail, "currency")
    amount, captured = to_ledger(body.amount, current.currency), 0 if attempt.decline else state.captured
    if not captured:
        raise Refused(Code.PARAMETER_INVALID, _NOT_CAPTURED.format(charge), _SOURCE)
    if amount > transferable(state):
        transferred = sum(share.transfer_left for share in state.shares.values())
        taken_back = captured - sum(capture.refundable for capture in state.captures.values())
        parts = ((_EXCEEDS, captured), (_ALREADY, transferred), (_TAKEN_BACK, taken_back))
        detail = "".join(text.format(amount_text(of, current.currency)) for text, of in parts if of)
        raise Refused(Code.PARAMETER_INVALID, detail, _SOURCE)
    return amount


def _new_transfer(request: Request, payment: Payment, operation: Transferred) -> StoredObject:
    """Return the object of a transfer. Its group is the charge's, if the request names none."""
    call: StripeCall[CreateTransfer, None] = request.call
    of_charge = terms_of(payment, state_of(payment)).transfer_group or own_transfer_group(payment)
    attributes = {
        **attributes_after(TRANSFERS, {}, call.body),
        "amount": from_ledger(operation.amount, payment.currency),
        "balance_transaction": balance_transaction_id(shared_line_id(operation.id, operation.id, LineKind.TRANSFER)),
        "currency": payment.currency.lower(),
        "transfer_group": call.body.transfer_group or of_charge,
        SHARED_BY: operation.id,
    }
    cause = request.cause(operation.id, operation.at)
    return new_object(call.merchant, TRANSFERS.object, transfer_by(operation.id), attributes, cause)
