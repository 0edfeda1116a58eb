"""The entries of disbursements in the journal of a merchant's balance. Pure."""

from typing import Final

from paysandbox.disbursements.disbursement import Disbursement
from paysandbox.funds.journal_entry import JournalEntry, entry_id

DISBURSEMENT: Final = "disbursement"
RETURN: Final = "disbursement_return"


def entry_of_acceptance(disbursement: Disbursement) -> JournalEntry:
    """Return the entry of what accepting a disbursement takes: its amount, and its fee."""
    return JournalEntry(
        id=entry_id(DISBURSEMENT, disbursement.id),
        merchant=disbursement.merchant,
        kind=DISBURSEMENT,
        currency=disbursement.currency,
        amount=-disbursement.amount,
        fee=disbursement.fee,
        at=disbursement.created_at,
    )


def entry_of_return(after: Disbursement, returned: int) -> JournalEntry:
    """Return the entry of what a step gives back, in minor units: the amount, and the fee if it was never paid.

    The disbursement is as after that step.
    """
    return JournalEntry(
        id=entry_id(RETURN, after.id),
        merchant=after.merchant,
        kind=RETURN,
        currency=after.currency,
        amount=after.amount,
        fee=after.amount - returned,
        at=after.trail[-1].at,
    )
