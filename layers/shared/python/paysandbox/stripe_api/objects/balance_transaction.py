"""Stripe's BalanceTransaction: what moved a merchant's balance, in Stripe's words.

    charge                  a capture, less its fee
    refund                  a refund as it is accepted
    refund_failure          a refund that failed or was canceled
    payment_failure_refund  a capture that the network rejected, with its fee
    adjustment              what a dispute took or returned, with the fee of the dispute
    transfer                what goes from a charge to an account, and transfer_refund its reversal
    payment                 a transfer, for the account that gets it, and payment_refund its reversal
    application_fee         what the platform takes of a charge, and application_fee_refund what it gives back
    payout                  the payout of a settlement batch, or of funds
    payout_failure          what gives that of funds back, or payout_cancel
    topup                   what was added to the funds
    adjustment              also what a disbursement takes, and gives back

What moved funds is available at once. Top-ups and disbursements are no objects of this API, so theirs have no source.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from paysandbox.balance import transaction as native
from paysandbox.balance.transaction import TransactionKind, transactions_of, transactions_of_dispute
from paysandbox.core.record import record
from paysandbox.core.stripe_amounts import from_ledger
from paysandbox.funds.journal_entry import (
    OPENING,
    JournalEntry,
    changer_of_funds,
    entry_of_movement,
    payout_entry_id,
)
from paysandbox.funds.movement import Movement
from paysandbox.http.answer import Body
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.settlement.close import Payout
from paysandbox.settlement.fees import FeeSchedule
from paysandbox.stripe_api.ids import (
    balance_transaction_id,
    charge_id,
    fee_of_capture,
    fee_refund_id,
    funds_transaction_id,
    payment_of_transfer,
    payout_transaction_id,
    refund_id,
    refund_of_reversal,
    stripe_payout_id,
    transfer_by,
    transfer_reversal_id,
)
from paysandbox.stripe_api.objects.charge import charge_notes
from paysandbox.stripe_api.objects.payment_snapshot import PaymentSnapshot

PAYOUT: Final = "payout"
_TRANSFER: Final = "transfer"
_TRANSFER_REVERSAL: Final = "transfer_refund"

_TYPES: Final[Mapping[TransactionKind, str]] = {
    TransactionKind.CAPTURE: "charge",
    TransactionKind.CAPTURE_FAILED: "payment_failure_refund",
    TransactionKind.REFUND: "refund",
    TransactionKind.REFUND_FAILED: "refund_failure",
    TransactionKind.CHARGEBACK: "adjustment",
    TransactionKind.CHARGEBACK_REVERSAL: "adjustment",
    TransactionKind.TRANSFER: _TRANSFER,
    TransactionKind.TRANSFER_REVERSAL: _TRANSFER_REVERSAL,
    TransactionKind.APPLICATION_FEE: "application_fee",
    TransactionKind.APPLICATION_FEE_REFUND: "application_fee_refund",
}
_OF_ACCOUNT: Final[Mapping[TransactionKind, str]] = {
    TransactionKind.TRANSFER: "payment",
    TransactionKind.TRANSFER_REVERSAL: "payment_refund",
}
"""The types of a transfer for the account that gets it."""
_OF_FUNDS: Final[Mapping[str, str]] = {
    "transfer": _TRANSFER,
    "transfer_reversal": _TRANSFER_REVERSAL,
    "payout": PAYOUT,
    "payout_return": "payout_failure",
    "payout_canceled": "payout_cancel",
    "funding": "topup",
    "disbursement": "adjustment",
    "disbursement_return": "adjustment",
    OPENING: "adjustment",
}
"""The types of what moved funds, by the kind of its entry in the journal."""
_OF_FUNDS_OF_ACCOUNT: Final[Mapping[str, str]] = {"transfer": "payment", "transfer_reversal": "payment_refund"}
_CATEGORIES: Final[Mapping[str, str]] = {
    TransactionKind.CHARGEBACK: "dispute",
    TransactionKind.CHARGEBACK_REVERSAL: "dispute_reversal",
    "adjustment": "other_adjustment",
    "application_fee": "platform_earning",
    "application_fee_refund": "platform_earning_refund",
    "payment": "charge",
    "payment_failure_refund": "charge_failure",
    "payment_refund": "refund",
    "payout_cancel": "payout_reversal",
    "payout_failure": "payout_reversal",
    "transfer_refund": "transfer_reversal",
}
"""The reporting category of a kind or a type, where it is not the type ("Reporting categories and types")."""
_ABOUT_FUNDS: Final[Mapping[str, str]] = {
    "payout": "STRIPE PAYOUT",
    "payout_return": "STRIPE PAYOUT FAILURE",
    "payout_canceled": "STRIPE PAYOUT CANCEL",
    "funding": "Top-up of the sandbox",
    "disbursement": "Disbursement {}",
    "disbursement_return": "Return of disbursement {}",
    OPENING: "Payments that were deleted before an upgrade",
}
_ABOUT_DISPUTES: Final[Mapping[TransactionKind, str]] = {
    TransactionKind.CHARGEBACK: "Chargeback withdrawal",
    TransactionKind.CHARGEBACK_REVERSAL: "Chargeback reversal",
}
_PROCESSING_FEE: Final = "Stripe processing fees"
_DISPUTE_FEE: Final = "Dispute fee"
_DISBURSEMENT_FEE: Final = "Disbursement fee"


@record(kw_only=True)
class BalanceTransaction:
    """What moved a merchant's balance. Amounts are in minor units of the ledger: `amount` and `fee` are negative for
    what is taken and for a fee that is returned.

    `source` is the ID of the charge, refund, dispute, payout or transfer (None: it is of no object), and `entry_id`
    that of its entry in the journal. `available_on` is when it became available, or is expected to, as the next nightly
    batch takes it.
    """

    id: str
    type: str
    category: str
    currency: str
    amount: int
    fee: int = 0
    fee_description: str = _PROCESSING_FEE
    source: str | None
    description: str | None
    at: datetime
    available_on: datetime
    is_available: bool
    entry_id: str

    @property
    def net(self) -> int:
        """What the balance changes by."""
        return self.amount - self.fee


def balance_transactions_of(
    snapshot: PaymentSnapshot, fees: FeeSchedule, merchant: str | None = None
) -> Iterator[BalanceTransaction]:
    """Yield the balance transactions of a payment, oldest first. The fee of a capture in no batch is that of `fees`.

    They are those of a `merchant`, if it is named: the payment's, or one that the payment is shared with.
    """
    of = snapshot.payment.merchant if merchant is None else merchant
    for moved in transactions_of(snapshot.payment, snapshot.steps, fees):
        if moved.merchant == of:
            yield _shown(snapshot, moved)


def balance_transactions_of_dispute(snapshot: PaymentSnapshot, dispute_id: str) -> Iterator[BalanceTransaction]:
    """Yield what a dispute took and returned, each with the dispute's fee: negative if it is returned."""
    for moved in transactions_of_dispute(snapshot.payment, snapshot.steps, dispute_id):
        yield _shown(snapshot, moved)


def balance_transaction_of_payout(payout: Payout, at: datetime) -> BalanceTransaction:
    """Return that of a payout. `at` is when its batch was opened."""
    return BalanceTransaction(
        id=payout_transaction_id(payout.batch, payout.currency),
        type=PAYOUT,
        category=PAYOUT,
        currency=payout.currency,
        amount=-payout.amount,
        source=stripe_payout_id(payout.id),
        description=_ABOUT_FUNDS[PAYOUT],
        at=at,
        available_on=at,
        is_available=True,
        entry_id=payout_entry_id(payout.batch, payout.currency),
    )


def balance_transaction_of_funds(entry: JournalEntry) -> BalanceTransaction:
    """Return that of what moved a merchant's funds."""
    changer = changer_of_funds(entry.id)
    if changer is None:
        raise AssertionError(f"{entry.id} is of no funds")
    kind, of = changer
    # A transfer gives the account money, and its reversals take it back.
    receives = kind in _OF_FUNDS_OF_ACCOUNT and (entry.amount > 0) is (kind == "transfer")
    shown_as = _OF_FUNDS_OF_ACCOUNT[kind] if receives else _OF_FUNDS[kind]
    about = _ABOUT_FUNDS.get(kind)
    return BalanceTransaction(
        id=funds_transaction_id(kind, of, entry.amount, entry.at),
        type=shown_as,
        category=_CATEGORIES.get(shown_as, shown_as),
        currency=entry.currency,
        amount=entry.amount,
        fee=entry.fee,
        fee_description=_DISBURSEMENT_FEE,
        source=_source_of_funds(shown_as, of),
        description=about.format(of) if about else None,
        at=entry.at,
        available_on=entry.at,
        is_available=True,
        entry_id=entry.id,
    )


def balance_transactions_of_movements(movements: Iterable[Movement]) -> Iterator[BalanceTransaction]:
    """Yield those of movements of funds."""
    return (balance_transaction_of_funds(entry_of_movement(movement)) for movement in movements)


def _source_of_funds(shown_as: str, of: str) -> str | None:
    match shown_as:
        case "payment":
            return payment_of_transfer(of)
        case "payment_refund":
            return refund_of_reversal(of)
        case "topup" | "adjustment":
            return None
        case _:
            return of


def balance_transaction_of_purged(entry: JournalEntry) -> BalanceTransaction:
    """Return that of what a payment moved which was deleted after its retention: without what only the payment says."""
    kind = TransactionKind(entry.kind)
    receives = kind in _OF_ACCOUNT and (entry.amount > 0) is (kind is TransactionKind.TRANSFER)
    shown_as = _OF_ACCOUNT[kind] if receives else _TYPES[kind]
    return BalanceTransaction(
        id=balance_transaction_id(entry.id),
        type=shown_as,
        category=_CATEGORIES.get(kind) or _CATEGORIES.get(shown_as, shown_as),
        currency=entry.currency,
        amount=entry.amount,
        fee=entry.fee,
        fee_description=_DISPUTE_FEE if kind in _ABOUT_DISPUTES else _PROCESSING_FEE,
        source=None,
        description=_ABOUT_DISPUTES.get(kind),
        at=entry.at,
        available_on=entry.at,
        is_available=True,
        entry_id=entry.id,
    )


def balance_transaction_body(transaction: BalanceTransaction) -> Body:
    """Return the BalanceTransaction, with its amounts as Stripe counts them. Its source is an ID."""
    currency = transaction.currency.lower()
    amount, fee = (from_ledger(minor, transaction.currency) for minor in (transaction.amount, transaction.fee))
    return {
        "id": transaction.id,
        "object": "balance_transaction",
        "amount": amount,
        "available_on": int(transaction.available_on.timestamp()),
        "balance_type": "payments",
        "created": int(transaction.at.timestamp()),
        "currency": currency,
        "description": transaction.description,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [_fee_detail(fee, currency, transaction.fee_description)] if fee else [],
        "net": amount - fee,
        "reporting_category": transaction.category,
        "source": transaction.source,
        "status": "available" if transaction.is_available else "pending",
        "type": transaction.type,
    }


def _shown(snapshot: PaymentSnapshot, moved: native.BalanceTransaction) -> BalanceTransaction:
    """Return a balance transaction of a payment in Stripe's words."""
    kind = moved.kind
    of_account = moved.of_other and kind in _OF_ACCOUNT
    shown_as = _OF_ACCOUNT[kind] if of_account else _TYPES[kind]
    return BalanceTransaction(
        id=balance_transaction_id(moved.id),
        type=shown_as,
        category=_CATEGORIES.get(kind) or _CATEGORIES.get(shown_as, shown_as),
        currency=moved.currency,
        amount=moved.amount,
        fee=moved.fee,
        fee_description=_DISPUTE_FEE if kind in _ABOUT_DISPUTES else _PROCESSING_FEE,
        source=_source(snapshot, moved),
        description=_description(snapshot, moved),
        at=moved.at,
        available_on=moved.available_on,
        is_available=moved.is_available,
        entry_id=moved.id,
    )


def _source(snapshot: PaymentSnapshot, moved: native.BalanceTransaction) -> str:
    """Return the ID of the object that a balance transaction is of."""
    of = moved.object_id
    match moved.kind:
        case TransactionKind.CAPTURE | TransactionKind.CAPTURE_FAILED:
            return charge_id(_approved(snapshot).id)
        case TransactionKind.REFUND | TransactionKind.REFUND_FAILED:
            return refund_id(of)
        case TransactionKind.CHARGEBACK | TransactionKind.CHARGEBACK_REVERSAL:
            return of
        case TransactionKind.TRANSFER:
            return payment_of_transfer(transfer_by(of)) if moved.of_other else transfer_by(of)
        case TransactionKind.TRANSFER_REVERSAL:
            reversal = transfer_reversal_id(transfer_by(of), moved.operation_id)
            return refund_of_reversal(reversal) if moved.of_other else reversal
        case TransactionKind.APPLICATION_FEE:
            return fee_of_capture(of)
        case TransactionKind.APPLICATION_FEE_REFUND:
            return fee_refund_id(fee_of_capture(of), moved.operation_id)


def _description(snapshot: PaymentSnapshot, moved: native.BalanceTransaction) -> str | None:
    match moved.kind:
        case TransactionKind.CAPTURE:
            return _described(snapshot)
        case TransactionKind.CAPTURE_FAILED:
            return _about("PAYMENT FAILURE", snapshot)
        case TransactionKind.REFUND:
            return _about("REFUND FOR CHARGE", snapshot)
        case TransactionKind.REFUND_FAILED:
            return _about("REFUND FAILURE", snapshot)
        case TransactionKind.CHARGEBACK | TransactionKind.CHARGEBACK_REVERSAL:
            return f"{_ABOUT_DISPUTES[moved.kind]} for {charge_id(_approved(snapshot).id)}"
        case _:
            return None


def _approved(snapshot: PaymentSnapshot) -> Authorization:
    if snapshot.approved is None:
        raise AssertionError(f"{snapshot.payment.id} has no charge that moved money")
    return snapshot.approved


def _described(snapshot: PaymentSnapshot) -> str | None:
    return charge_notes(snapshot, _approved(snapshot).id).description or None


def _about(what: str, snapshot: PaymentSnapshot) -> str:
    described = _described(snapshot)
    return f"{what} ({described})" if described else what


def _fee_detail(fee: int, currency: str, description: str) -> Body:
    return {
        "amount": fee,
        "application": None,
        "currency": currency,
        "description": description,
        "type": "stripe_fee",
    }
