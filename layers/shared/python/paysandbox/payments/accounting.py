"""Double-entry postings for every operation. Computed, never stored.

A posting has a debit account, a credit account and a single amount, so it is always balanced. Accounts and journals
follow the product's reference: J1 authorize, J2 capture, J3 release, J4 refund accepted, J5 succeeded, J6 failed or
canceled, J7 failed after it succeeded, J8, J8r and J9 settle, J10 chargeback, J12 dispute won, J13 pay out (to the
merchant's funds if it is kept, as are draws), J17 transfer to a connected account, J18 application fee. A lost dispute
(J11) moves nothing more. Scheme costs are not modeled: the network pays the gross amount.
"""

from collections import Counter
from collections.abc import Iterable

from paysandbox.core.record import record
from paysandbox.payments.accounts import PAYOUT_IN_TRANSIT, Move, merchant_available, merchant_funds
from paysandbox.payments.operations.settlement import line_moves
from paysandbox.payments.payment import LineKind, Payment, Step, steps


@record(kw_only=True)
class Posting:
    """A transfer of `amount` minor units of `currency` from `credit` to `debit`."""

    debit: str
    credit: str
    amount: int
    currency: str


def postings(step: Step, *, merchant: str, currency: str) -> tuple[Posting, ...]:
    """Return the postings of one operation, without those of amount 0."""
    return _posted(step.operation.moves(step, merchant), currency)


def _posted(moves: Iterable[Move], currency: str) -> tuple[Posting, ...]:
    return tuple(
        Posting(debit=debit, credit=credit, amount=moved, currency=currency) for debit, credit, moved in moves if moved
    )


def settled_postings(*, merchant: str, currency: str, kind: LineKind, gross: int, fee: int) -> tuple[Posting, ...]:
    """Return the postings for settling one line, the same as in its payment."""
    return _posted(line_moves(merchant, kind, gross, fee), currency)


def payout_posting(*, merchant: str, currency: str, amount: int) -> Posting:
    """Return the posting of a payout when it is created, as in transit."""
    return Posting(debit=merchant_available(merchant), credit=PAYOUT_IN_TRANSIT, amount=amount, currency=currency)


def draws_posting(*, merchant: str, currency: str, amount: int) -> Posting:
    """Return the posting of what stays available when it leaves the balance of settlement: draws, or a kept payout."""
    return Posting(
        debit=merchant_available(merchant), credit=merchant_funds(merchant), amount=amount, currency=currency
    )


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
