"""Double-entry postings for every operation. Computed, never stored.

A posting has a debit account, a credit account and a single amount, so it is always balanced. Accounts and journals
follow the product's reference: J1 authorize, J2 capture, J3 release, J4 refund accepted, J5 succeeded, J6 failed or
canceled, J7 failed after it succeeded, J8, J8r and J9 settle, J10 chargeback, J12 dispute won, J13 pay out. A lost
dispute (J11) moves nothing more. Scheme costs are not modeled: the network pays the gross amount.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from paysandbox.core.record import record
from paysandbox.payments.operation import AuthorizationBegun, DisputeStep
from paysandbox.payments.operations.authentication import Authentication
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.operations.capture_failed import CaptureFailed
from paysandbox.payments.operations.expiry import Expiry
from paysandbox.payments.operations.fraud_warning import FraudWarning
from paysandbox.payments.operations.intent_created import IntentCreated
from paysandbox.payments.operations.intent_updated import IntentUpdated
from paysandbox.payments.operations.notes_updated import NotesUpdated
from paysandbox.payments.operations.presentment_delayed import PresentmentDelayed
from paysandbox.payments.operations.refund import Refund
from paysandbox.payments.operations.refund_updated import RefundUpdated
from paysandbox.payments.operations.reversal import Reversal
from paysandbox.payments.operations.settlement import Settlement
from paysandbox.payments.operations.void import Void
from paysandbox.payments.payment import FEE_KINDS, LineKind, Payment, Step, steps
from paysandbox.payments.refund_status import OPEN_REFUND, RefundStatus

MEMO_HOLD: Final = "memo_hold"
MEMO_HOLD_CONTRA: Final = "memo_hold_contra"
SCHEME_RECEIVABLE: Final = "scheme_receivable"
REFUND_CLEARING: Final = "refund_clearing"
BANK_CASH: Final = "bank_cash"
FEE_INCOME: Final = "fee_income"
DISPUTE_FEE_INCOME: Final = "dispute_fee_income"
PAYOUT_IN_TRANSIT: Final = "payout_in_transit"


def merchant_pending(merchant: str) -> str:
    """Return the liability account for a merchant's captured amounts that are not in a batch yet."""
    return f"merchant_pending:{merchant}"


def merchant_available(merchant: str) -> str:
    """Return the liability account for a merchant's settled amounts that are not paid out.

    If the merchant's balance is negative, the merchant owes it.
    """
    return f"merchant_available:{merchant}"


@record(kw_only=True)
class Posting:
    """A transfer of `amount` minor units of `currency` from `credit` to `debit`."""

    debit: str
    credit: str
    amount: int
    currency: str


_WITHOUT_POSTINGS: Final = (
    IntentCreated,
    IntentUpdated,
    NotesUpdated,
    AuthorizationBegun,
    Authentication,
    PresentmentDelayed,
    FraudWarning,
)

Move = tuple[str, str, int]
"""Debit account, credit account, amount."""


def postings(step: Step, *, merchant: str, currency: str) -> tuple[Posting, ...]:
    """Return the postings of one operation, without those of amount 0."""
    amount = step.amount
    pending = merchant_pending(merchant)
    released = step.after.released - step.before.released
    release = (MEMO_HOLD_CONTRA, MEMO_HOLD, released)
    moves: tuple[Move, ...]
    match step.operation:
        case _ if isinstance(step.operation, _WITHOUT_POSTINGS):
            moves = ()
        case Authorization():
            hold = 0 if step.after.decline else amount
            moves = ((MEMO_HOLD, MEMO_HOLD_CONTRA, hold),)
        case Capture():
            moves = ((MEMO_HOLD_CONTRA, MEMO_HOLD, amount), (SCHEME_RECEIVABLE, pending, amount), release)
        case CaptureFailed():
            moves = ((MEMO_HOLD, MEMO_HOLD_CONTRA, amount), (pending, SCHEME_RECEIVABLE, amount), release)
        case Void() | Expiry() | Reversal():
            moves = (release,)
        case Refund():
            accepted = (pending, REFUND_CLEARING, amount)
            moves = (accepted,) if step.operation.pending else (accepted, (REFUND_CLEARING, SCHEME_RECEIVABLE, amount))
        case RefundUpdated():
            was = step.before.refunds[step.operation.refund_id].status
            moves = _refund_updated(was, step.operation.status, pending, amount)
        case Settlement():
            lines = step.after.lines
            moves = tuple(
                move
                for settled in step.operation.settled
                for move in _settled(merchant, lines[settled.id].kind, lines[settled.id].gross, settled.fee)
            )
        case DisputeStep():
            taken = step.after.disputed - step.before.disputed
            charged = step.after.dispute_fees - step.before.dispute_fees
            moves = (_taken(pending, SCHEME_RECEIVABLE, taken), _taken(pending, DISPUTE_FEE_INCOME, charged))
        case _:
            raise AssertionError(f"{step.operation} has no postings")
    return tuple(
        Posting(debit=debit, credit=credit, amount=moved, currency=currency) for debit, credit, moved in moves if moved
    )


def _refund_updated(was: RefundStatus, now: RefundStatus, pending: str, amount: int) -> tuple[Move, ...]:
    if now in OPEN_REFUND:
        return ()
    if now is RefundStatus.SUCCEEDED:
        return ((REFUND_CLEARING, SCHEME_RECEIVABLE, amount),)
    return ((REFUND_CLEARING if was in OPEN_REFUND else SCHEME_RECEIVABLE, pending, amount),)


def _taken(pending: str, account: str, amount: int) -> Move:
    """Take an amount from what a merchant has not been settled for, or give it back if it is negative."""
    return (pending, account, amount) if amount > 0 else (account, pending, -amount)


def settled_postings(*, merchant: str, currency: str, kind: LineKind, gross: int, fee: int) -> tuple[Posting, ...]:
    """Return the postings for settling one line, the same as in its payment."""
    return tuple(
        Posting(debit=debit, credit=credit, amount=moved, currency=currency)
        for debit, credit, moved in _settled(merchant, kind, gross, fee)
        if moved
    )


def payout_posting(*, merchant: str, currency: str, amount: int) -> Posting:
    """Return the posting of a payout when it is created, as in transit."""
    return Posting(debit=merchant_available(merchant), credit=PAYOUT_IN_TRANSIT, amount=amount, currency=currency)


def _settled(merchant: str, kind: LineKind, gross: int, fee: int) -> Iterator[Move]:
    pending, available = merchant_pending(merchant), merchant_available(merchant)
    from_network = 0 if kind in FEE_KINDS else gross
    if gross > 0:
        yield pending, available, gross - fee
        yield pending, FEE_INCOME, fee
        yield BANK_CASH, SCHEME_RECEIVABLE, from_network
    else:
        yield available, pending, -gross
        yield available, FEE_INCOME, fee
        yield SCHEME_RECEIVABLE, BANK_CASH, -from_network


def payment_postings(payment: Payment) -> tuple[Posting, ...]:
    """Return all postings of a payment, in order."""
    return tuple(
        posting
        for step in steps(payment)
        for posting in postings(step, merchant=payment.merchant, currency=payment.currency)
    )


def balances(all_postings: Iterable[Posting]) -> Counter[tuple[str, str]]:
    """Sum debits minus credits by (account, currency), in minor units."""
    totals: Counter[tuple[str, str]] = Counter()
    for posting in all_postings:
        totals[posting.debit, posting.currency] += posting.amount
        totals[posting.credit, posting.currency] -= posting.amount
    return totals
