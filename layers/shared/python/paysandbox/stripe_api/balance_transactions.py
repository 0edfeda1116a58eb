# pyright: standard
"""Balance transactions of payments, payouts and funds: where they are found, and how they are shown."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain
from typing import Final

from paysandbox.aws.dynamodb.batch_get import items_by_id
from paysandbox.aws.runtime import ledger
from paysandbox.aws.schema import PARTITION_KEY
from paysandbox.balance.journal import fee_schedule
from paysandbox.core.ids import payment_of
from paysandbox.core.merchant import is_connected
from paysandbox.core.payout_destination import PayoutDestination
from paysandbox.funds.funds_table import find_funding, find_movement
from paysandbox.funds.journal_entry import (
    FUNDING,
    OPENING,
    JournalEntry,
    changer_of_funds,
    entry_at,
    entry_id,
    entry_of_funding,
    entry_of_movement,
    opening_position,
    payout_of_entry,
    position_of,
)
from paysandbox.funds.journal_table import find_entry, read_entries
from paysandbox.funds.movement import MovementKind
from paysandbox.funds.tables import funds
from paysandbox.http.answer import Body
from paysandbox.payments.ledger.items import payment_in
from paysandbox.payments.ledger.store import get_payment
from paysandbox.payments.payment import Payment
from paysandbox.settlement.entries import entries_of_merchant
from paysandbox.settlement.fees import FeeSchedule
from paysandbox.settlement.lists import Settled, get_settled, list_settled, settled_in
from paysandbox.settlement.tables import batches, entries
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.connect.accounts import platform_of
from paysandbox.stripe_api.connect.application_fee import APPLICATION_FEE
from paysandbox.stripe_api.connect.payments_shared import merchants_of
from paysandbox.stripe_api.ids import (
    APPLICATION_FEE as FEE_PREFIX,
    BALANCE_TRANSACTION,
    PAYOUT as PAYOUT_PREFIX,
    TRANSFER as TRANSFER_PREFIX,
    TRANSFER_REVERSAL as REVERSAL_PREFIX,
    attempt_of_charge,
    balance_transaction_id,
    changer_of_transaction,
    fee_of_refund,
    merchant_of_account,
    operation_of_refund,
    payment_of_balance_transaction,
    payout_of_stripe_payout,
    payout_of_transaction,
    reversal_of_refund,
    time_of_disbursement_transaction,
    transfer_of_payment,
    transfer_of_reversal,
)
from paysandbox.stripe_api.objects.balance_transaction import (
    BalanceTransaction,
    balance_transaction_body,
    balance_transaction_of_funds,
    balance_transaction_of_payout,
    balance_transaction_of_purged,
    balance_transactions_of,
)
from paysandbox.stripe_api.objects.payment_snapshot import snapshot_of
from paysandbox.stripe_api.resource_kit.objects_table import get_object, get_objects
from paysandbox.stripe_api.resource_kit.tables import objects_table
from paysandbox.stripe_api.resources.payouts.payout import PAYOUT
from paysandbox.stripe_api.resources.payouts.payout_transactions import transactions_of_payout
from paysandbox.stripe_api.resources.transfers.transfer import DESTINATION, SHARED_BY, TRANSFER
from paysandbox.stripe_api.resources.transfers.transfer_payments import is_of_transfer, transfer_to_caller
from paysandbox.stripe_api.resources.transfers.transfer_transactions import transactions_of_transfer

_BATCHES_AT_ONCE: Final = 50
_KINDS_OF_SOURCES: Final[Mapping[str, tuple[str, ...]]] = {
    TRANSFER_PREFIX: (MovementKind.TRANSFER,),
    REVERSAL_PREFIX: (MovementKind.TRANSFER_REVERSAL,),
    PAYOUT_PREFIX: (MovementKind.PAYOUT_CANCELED, MovementKind.PAYOUT_RETURN, MovementKind.PAYOUT),
}
"""What moves funds, newest first, by the prefix of the ID of a balance transaction's source."""


def moved_by(payment: Payment, fees: FeeSchedule, merchant: str) -> list[BalanceTransaction]:
    """Return what a payment moved of a merchant's balance as of now, newest first: its own, or shared with it."""
    return [*balance_transactions_of(snapshot_of(payment), fees, merchant)][::-1]


def moved_by_payouts(settled: Settled) -> list[BalanceTransaction]:
    """Return the balance transactions of a batch's payouts to a merchant, by currency. One that stays available has
    none.
    """
    payouts = settled.statement.payouts_to(PayoutDestination.BANK)
    return [balance_transaction_of_payout(payout, settled.stored.opened_at) for payout in payouts]


def transactions_at(merchant: str, positions: Collection[str]) -> dict[str, BalanceTransaction]:
    """Return a merchant's balance transactions by their positions in its journal.

    One read of all payments, one of all batches, and one of the entries of funds and of payments that were deleted, as
    far as there are any.
    """
    at = {entry_at(position): position for position in positions}
    by_payment = {name: payment for name in at if (payment := payment_of(name))}
    payments = _payments({*by_payment.values()})
    named = [of_payout[0] for name in at if (of_payout := payout_of_entry(name))]
    of_funds = [position for name, position in at.items() if changer_of_funds(name)]
    purged = {*by_payment.values()} - {payment.id for payment in payments}
    of_purged = [at[name] for name, payment in by_payment.items() if payment in purged]
    fees = fee_schedule()
    found = [transaction for payment in payments for transaction in moved_by(payment, fees, merchant)]
    for settled in settled_in(batches(), merchant, [*dict.fromkeys(named)]) if named else ():
        found += moved_by_payouts(settled)
    if of_funds or of_purged:
        found += map(_of_entry, read_entries(funds(), merchant, [*of_funds, *of_purged]))
    return {at[each.entry_id]: each for each in found if each.entry_id in at}


def _of_entry(entry: JournalEntry) -> BalanceTransaction:
    if changer_of_funds(entry.id) is not None:
        return balance_transaction_of_funds(entry)
    return balance_transaction_of_purged(entry)


def find_transaction(call: AnyStripeCall, name: str) -> BalanceTransaction | None:
    """Return the caller's balance transaction with this ID. One read of its payment, or what changed its funds, or two
    of its batch. If its payment was deleted, those of `find_entry`.
    """
    if (of_payout := payout_of_transaction(name)) is not None:
        settled = get_settled(batches(), call.merchant, of_payout[0])
        found = moved_by_payouts(settled) if settled else []
    elif (changer := changer_of_transaction(name)) is not None:
        found = _of_changer(call.merchant, *changer, time_of_disbursement_transaction(name))
    else:
        payment_id = payment_of_balance_transaction(name)
        payment = get_payment(ledger(), payment_id) if payment_id else None
        if payment is not None:
            found = moved_by(payment, fee_schedule(), call.merchant)
        else:
            found = _purged(call.merchant, name) if payment_id else []
    return next((transaction for transaction in found if transaction.id == name), None)


def _purged(merchant: str, name: str) -> list[BalanceTransaction]:
    """Return the balance transaction with this ID of a payment that was deleted after its retention, or none."""
    entry = find_entry(funds(), merchant, name.removeprefix(BALANCE_TRANSACTION))
    return [balance_transaction_of_purged(entry)] if entry else []


def moved_from(call: AnyStripeCall, source: str) -> list[BalanceTransaction]:
    """Return the balance transactions of a source, newest first, often none: a charge, refund, dispute, payout or
    transfer, a fee of a charge, or what was returned of one.
    """
    if (settled := _batch_of_payout(call, source)) is not None:
        found = moved_by_payouts(settled)
    else:
        operation = attempt_of_charge(source) or operation_of_refund(source) or _shared_by(call, source) or source
        payment_id = payment_of(operation)
        payment = get_payment(ledger(), payment_id) if payment_id else None
        found = moved_by(payment, fee_schedule(), call.merchant) if payment else _of_source(call.merchant, source)
    return [transaction for transaction in found if transaction.source == source]


def _of_source(merchant: str, source: str) -> list[BalanceTransaction]:
    """Return what a transfer of funds, its reversal or a payout moved of a merchant's funds, newest first."""
    of = transfer_of_payment(source) or reversal_of_refund(source) or source
    kinds = _KINDS_OF_SOURCES.get(of.partition("_")[0], ())
    return [moved for kind in kinds for moved in _of_changer(merchant, kind, of)]


def _of_changer(merchant: str, kind: str, of: str, at: datetime | None = None) -> list[BalanceTransaction]:
    """Return what something moved of a merchant's funds: one transaction, or none. `at` is when a disbursement did."""
    if kind == FUNDING:
        funding = find_funding(funds(), merchant, of)
        found = entry_of_funding(funding) if funding else None
    elif kind in [*MovementKind]:
        movement = find_movement(funds(), merchant, MovementKind(kind), of)
        found = entry_of_movement(movement) if movement else None
    elif kind == OPENING:
        found = next(iter(read_entries(funds(), merchant, [opening_position(of)])), None)
    else:
        every = read_entries(funds(), merchant, [position_of(entry_id(kind, of), at)]) if at else []
        found = next(iter(every), None)
    return [balance_transaction_of_funds(found)] if found else []


def moved_with_payout(call: AnyStripeCall, payout_id: str) -> list[BalanceTransaction] | None:
    """Return what a payout pays out, newest first, with the payout itself. None: there is no such payout.

    That is what its batch settled in its currency, and what earlier batches did whose balance was carried over to it.
    """
    settled = _batch_of_payout(call, payout_id)
    if settled is None:
        return None
    (payout,) = [moved for moved in moved_by_payouts(settled) if moved.source == payout_id]
    currency, lines = payout.currency, set[str]()
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
    every = [moved for moved in _moved_by_each(payments, call.merchant) if moved.id in lines]
    return [payout, *sorted(every, key=lambda moved: moved.at, reverse=True)]


def read_balance_transactions(call: AnyStripeCall, ids: Collection[str]) -> list[Body]:
    """Return those balance transactions with these IDs that are of payments, transfers or payouts which the caller can
    see.

    One read of all payments, and one of transfers or payouts if there are any. A payment has those of the two merchants
    that share it, and so has a transfer.
    """
    payments, fees = _payments(filter(None, map(payment_of_balance_transaction, ids))), fee_schedule()
    seen = [(payment, merchants) for payment in payments if call.merchant in (merchants := merchants_of(payment))]
    every = (moved for payment, names in seen for name in names for moved in moved_by(payment, fees, name))
    shown = chain(every, _of_objects(call, ids))
    return [balance_transaction_body(transaction) for transaction in shown if transaction.id in ids]


def _of_objects(call: AnyStripeCall, ids: Collection[str]) -> Iterator[BalanceTransaction]:
    """Yield the balance transactions of the transfers and payouts that moved funds, and which the caller can see."""
    moved = [of for name in ids if (changer := changer_of_transaction(name)) for of in changer[1:]]
    payouts = {of for of in moved if of.startswith(f"{PAYOUT_PREFIX}_")}
    transfers = {transfer_of_reversal(of) or of for of in moved if of not in payouts}
    if transfers:
        platform = call.platform or (platform_of(call.merchant) if is_connected(call.merchant) else None)
        for merchant in filter(None, (call.merchant, platform)):
            for transfer in get_objects(objects_table(), merchant, TRANSFER, transfers).values():
                if call.merchant in (merchant, merchant_of_account(transfer.attributes[DESTINATION])):
                    yield from transactions_of_transfer(transfer)
    if payouts:
        for payout in get_objects(objects_table(), call.merchant, PAYOUT, payouts).values():
            yield from transactions_of_payout(payout)


def _moved_by_each(payment_ids: Iterable[str], merchant: str) -> list[BalanceTransaction]:
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
    """Return the caller's batch with a payout to the bank: the batches are read from the newest on."""
    payout, cursor = payout_of_stripe_payout(payout_id), None
    while payout is not None:
        page, cursor = list_settled(batches(), call.merchant, limit=_BATCHES_AT_ONCE, cursor=cursor)
        for settled in page:
            if payout in (paid.id for paid in settled.statement.payouts_to(PayoutDestination.BANK)):
                return settled
        if cursor is None:
            break
    return None
