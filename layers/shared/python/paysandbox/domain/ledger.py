"""The books: every operation as moves between accounts, computed and never stored.

A posting names a debit account, a credit account and one amount, so an unbalanced one cannot be written. Accounts and
journals are those of the product's reference: J1 authorize, J2 capture, J3 release, J4 and J5 refund.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from paysandbox.domain.operation import Authorization, Capture, Expiry, Refund, Void
from paysandbox.domain.payment import Payment, Step, steps

MEMO_HOLD: Final = "memo_hold"
MEMO_HOLD_CONTRA: Final = "memo_hold_contra"
SCHEME_RECEIVABLE: Final = "scheme_receivable"
REFUND_CLEARING: Final = "refund_clearing"


def merchant_pending(merchant: str) -> str:
    """The liability account of what was captured for a merchant and is not in a batch yet."""
    return f"merchant_pending:{merchant}"


@dataclass(frozen=True, slots=True)
class Posting:
    """One move of `amount` minor units of `currency` from `credit` to `debit`."""

    debit: str
    credit: str
    amount: int
    currency: str


def postings(step: Step, *, merchant: str, currency: str) -> tuple[Posting, ...]:
    """What one operation posts, given the state before it. Moves of nothing are left out."""
    amount = step.amount
    pending = merchant_pending(merchant)
    released = step.after.released - step.before.released
    release = (MEMO_HOLD_CONTRA, MEMO_HOLD, released)
    match step.operation:
        case Authorization():
            held = 0 if step.after.decline else amount
            moves = ((MEMO_HOLD, MEMO_HOLD_CONTRA, held),)
        case Capture():
            moves = ((MEMO_HOLD_CONTRA, MEMO_HOLD, amount), (SCHEME_RECEIVABLE, pending, amount), release)
        case Void() | Expiry():
            moves = (release,)
        case Refund():
            moves = ((pending, REFUND_CLEARING, amount), (REFUND_CLEARING, SCHEME_RECEIVABLE, amount))
        case _:
            raise AssertionError(f"{step.operation} has no postings")
    return tuple(Posting(debit, credit, moved, currency) for debit, credit, moved in moves if moved)


def payment_postings(payment: Payment) -> tuple[Posting, ...]:
    """All postings of a payment, in order."""
    return tuple(
        posting
        for step in steps(payment)
        for posting in postings(step, merchant=payment.merchant, currency=payment.currency)
    )


def balances(all_postings: Iterable[Posting]) -> Counter[tuple[str, str]]:
    """Debits minus credits by (account, currency), in minor units."""
    totals: Counter[tuple[str, str]] = Counter()
    for posting in all_postings:
        totals[posting.debit, posting.currency] += posting.amount
        totals[posting.credit, posting.currency] -= posting.amount
    return totals
