# pyright: standard
"""Balance transactions of payments and payouts: where they are found, and how they are shown with their sources."""

from collections.abc import Collection, Iterable
from typing import Final

from paysandbox.aws.dynamodb.batch_get import items_by_id
from paysandbox.aws.runtime import ledger
from paysandbox.aws.schema import PARTITION_KEY
from paysandbox.balance.journal import fee_schedule
from paysandbox.core.ids import payment_of
from paysandbox.core.record import record
from paysandbox.http.answer import Body
from paysandbox.payments.ledger.items import payment_in
from paysandbox.payments.ledger.store import get_payment
from paysandbox.payments.payment import Payment
from paysandbox.settlement.entries import entries_of_merchant
from paysandbox.settlement.fees import FeeSchedule
from paysandbox.settlement.lists import Settled, get_settled, list_settled
from paysandbox.settlement.tables import batches, entries
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.connect.payments_shared import merchants_of
from paysandbox.stripe_api.ids import (
    APPLICATION_FEE as FEE_PREFIX,
    TRANSFER as TRANSFER_PREFIX,
    attempt_of_charge,
    balance_transaction_id,
    fee_of_refund,
    operation_of_refund,
    payment_of_balance_transaction,
    payout_of_stripe_payout,
    payout_of_transaction,
    transfer_of_reversal,
)
from paysandbox.stripe_api.moved_funds.application_fee import APPLICATION_FEE
from paysandbox.stripe_api.moved_funds.transfer import SHARED_BY, TRANSFER
from paysandbox.stripe_api.moved_funds.transfer_payments import is_of_transfer, transfer_to_caller
from paysandbox.stripe_api.objects.balance_transaction import (
    BalanceTransaction,
    balance_transaction_body,
    balance_transaction_of_payout,
    balance_transactions_of,
)
from paysandbox.stripe_api.objects.payment_snapshot import snapshot_of
from paysandbox.stripe_api.resource_kit.objects_table import get_object
from paysandbox.stripe_api.resource_kit.tables import objects_table

_SOURCE: Final = "source"
_BATCHES_AT_ONCE: Final = 50


@record
class Moved:
    """A balance transaction, and the payment that it is of (None: it is of a payout)."""

    transaction: BalanceTransaction
    payment: Payment | None = None


def moved_by(payment: Payment, fees: FeeSchedule, merchant: str) -> list[Moved]:
    """Return what a payment moved of a merchant's balance as of now, newest first: its own, or shared with it."""
    every = balance_transactions_of(snapshot_of(payment), fees, merchant)
    return [Moved(transaction, payment) for transaction in every][::-1]


def moved_by_payouts(settled: Settled) -> list[Moved]:
    """Return the balance transactions of a batch's payouts to a merchant, by currency."""
    payouts = [balance.payout for balance in settled.statement.balances.values() if balance.payout]
    return [Moved(balance_transaction_of_payout(payout, settled.stored.opened_at)) for payout in payouts]


def find_moved(call: AnyStripeCall, name: str) -> Moved | None:
    """Return the caller's balance transaction with this ID. One read of its payment, or two of its batch."""
    if (of_payout := payout_of_transaction(name)) is not None:
        settled = get_settled(batches(), call.merchant, of_payout[0])
        found = moved_by_payouts(settled) if settled else []
    else:
        payment_id = payment_of_balance_transaction(name)
        payment = get_payment(ledger(), payment_id) if payment_id else None
        found = moved_by(payment, fee_schedule(), call.merchant) if payment else []
    return next((moved for moved in found if moved.transaction.id == name), None)


def moved_from(call: AnyStripeCall, source: str) -> list[Moved]:
    """Return the balance transactions of a source, newest first, often none: a charge, refund, dispute or payout, a
    transfer or fee of a charge, or what was returned of one.
    """
    if (settled := _batch_of_payout(call, source)) is not None:
        found = moved_by_payouts(settled)
    else:
        operation = attempt_of_charge(source) or operation_of_refund(source) or _shared_by(call, source) or source
        payment_id = payment_of(operation)
        payment = get_payment(ledger(), payment_id) if payment_id else None
        found = moved_by(payment, fee_schedule(), call.merchant) if payment else []
    return [moved for moved in found if moved.transaction.source == source]


def moved_with_payout(call: AnyStripeCall, payout_id: str) -> list[Moved] | None:
    """Return what a payout pays out, newest first, with the payout itself. None: there is no such payout.

    That is what its batch settled in its currency, and what earlier batches did whose balance was carried over to it.
    """
    settled = _batch_of_payout(call, payout_id)
    if settled is None:
        return None
    (payout,) = [moved for moved in moved_by_payouts(settled) if moved.transaction.source == payout_id]
    currency, lines = payout.transaction.currency, set[str]()
    payments: set[str] = set()
    at: Settled | None = settled
    while at is not None:
        for entry in entries_of_merchant(entries(), at.statement.batch, call.merchant):
            if entry.currency == currency:
                lines.add(balance_transaction_id(entry.operation_id))
                payments.add(entry.payment_id)
        carried = at.statement.balances[currency].opening if currency in at.statement.balances else 0
        before = at.stored.before if carried else None
        at = get_settled(batches(), call.merchant, before) if before else None
    every = [moved for moved in _moved_by_each(payments, call.merchant) if moved.transaction.id in lines]
    return [payout, *sorted(every, key=lambda moved: moved.transaction.at, reverse=True)]


def read_balance_transactions(call: AnyStripeCall, ids: Collection[str]) -> list[Body]:
    """Return those balance transactions with these IDs that are of payments which the caller can see.

    One read of all payments. Each has those of the two merchants that share it.
    """
    payments, fees = _payments(filter(None, map(payment_of_balance_transaction, ids))), fee_schedule()
    seen = [(payment, merchants) for payment in payments if call.merchant in (merchants := merchants_of(payment))]
    every = (moved.transaction for payment, names in seen for name in names for moved in moved_by(payment, fees, name))
    return [balance_transaction_body(transaction) for transaction in every if transaction.id in ids]


def _moved_by_each(payment_ids: Iterable[str], merchant: str) -> list[Moved]:
    fees = fee_schedule()
    return [moved for payment in _payments(payment_ids) for moved in moved_by(payment, fees, merchant)]


def _payments(payment_ids: Iterable[str]) -> list[Payment]:
    items = items_by_id(ledger().client, ledger().table, PARTITION_KEY, payment_ids)
    return [payment for _, item in sorted(items.items()) if (payment := payment_in(item)) is not None]


def _shared_by(call: AnyStripeCall, source: str) -> str | None:
    """Return the operation that shares a transfer or fee of the caller, or one of which this is a return."""
    if is_of_transfer(source):
        of_transfer = transfer_to_caller(call, source)
        return of_transfer.attributes.get(SHARED_BY) if of_transfer else None
    transfer, fee = transfer_of_reversal(source) or source, fee_of_refund(source) or source
    for kind, prefix, name in ((TRANSFER, TRANSFER_PREFIX, transfer), (APPLICATION_FEE, FEE_PREFIX, fee)):
        if name.startswith(f"{prefix}_"):
            stored = get_object(objects_table(), kind, call.merchant, name)
            return stored.attributes.get(SHARED_BY) if stored else None
    return None


def _batch_of_payout(call: AnyStripeCall, payout_id: str) -> Settled | None:
    """Return the caller's batch with a payout: the batches are read from the newest on."""
    payout, cursor = payout_of_stripe_payout(payout_id), None
    while payout is not None:
        page, cursor = list_settled(batches(), call.merchant, limit=_BATCHES_AT_ONCE, cursor=cursor)
        for settled in page:
            if payout in settled.statement.payouts.values():
                return settled
        if cursor is None:
            break
    return None
