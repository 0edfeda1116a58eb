"""Double-entry postings of fundings, movements and disbursements. Computed, never stored.

J13 accepted: what the merchant pays is in transit, and the fee is income. J14 paid: it leaves the bank, and so does the
provider's own fee. J15 failed, canceled or returned before it was paid: amount and fee come back. J16 returned after it
was paid: the amount comes back to the bank and to the merchant.
"""

from collections.abc import Iterator
from typing import Final

from paysandbox.core.record import replace
from paysandbox.disbursements.disbursement import FINAL, Disbursement, Status
from paysandbox.funds.funding import Funding
from paysandbox.funds.movement import BETWEEN_MERCHANTS, Movement
from paysandbox.payments.accounting import Posting
from paysandbox.payments.accounts import BANK_CASH, FEE_INCOME, merchant_funds

DISBURSEMENT_IN_TRANSIT: Final = "disbursement_in_transit"
PROVIDER_FEE_EXPENSE: Final = "provider_fee_expense"
TRANSFERS: Final = "transfers"
"""What transfers take from one merchant and give to another passes through it: its balance is 0."""


def funding_posting(funding: Funding) -> Posting:
    """Return the posting of a funding: from the bank."""
    account = merchant_funds(funding.merchant)
    return Posting(debit=BANK_CASH, credit=account, amount=funding.amount, currency=funding.currency)


def movement_posting(movement: Movement) -> Posting:
    """Return the posting of a movement: between two merchants by way of transfers, or from and to the bank."""
    account = merchant_funds(movement.merchant)
    other = TRANSFERS if movement.kind in BETWEEN_MERCHANTS else BANK_CASH
    debit, credit = (other, account) if movement.amount > 0 else (account, other)
    return Posting(debit=debit, credit=credit, amount=abs(movement.amount), currency=movement.currency)


def disbursement_postings(disbursement: Disbursement) -> tuple[Posting, ...]:
    """Return all postings of a disbursement, in order, without those of amount 0."""
    return tuple(
        Posting(debit=debit, credit=credit, amount=amount, currency=disbursement.currency)
        for debit, credit, amount in _moves(disbursement)
        if amount
    )


def _moves(disbursement: Disbursement) -> Iterator[tuple[str, str, int]]:
    funds, amount, fee = merchant_funds(disbursement.merchant), disbursement.amount, disbursement.fee
    yield funds, DISBURSEMENT_IN_TRANSIT, amount
    yield funds, FEE_INCOME, fee
    for place, change in enumerate(disbursement.trail):
        before = replace(disbursement, trail=disbursement.trail[:place]) if place else None
        if change.is_correction:
            continue
        if change.status is Status.PAID:
            yield DISBURSEMENT_IN_TRANSIT, BANK_CASH, amount
            yield PROVIDER_FEE_EXPENSE, BANK_CASH, disbursement.provider_fee or 0
        elif change.status in FINAL:
            if before is not None and before.was_paid():
                yield BANK_CASH, funds, amount
            else:
                yield DISBURSEMENT_IN_TRANSIT, funds, amount
                yield FEE_INCOME, funds, fee
