"""The entries of a statement's payouts in the journal of the merchant's balance. Pure."""

from paysandbox.core.payout_destination import PayoutDestination
from paysandbox.funds.journal_entry import PAYOUT, JournalEntry, payout_entry_id
from paysandbox.settlement.batch import Statement, StoredBatch


def payout_entries(stored: StoredBatch, statement: Statement) -> list[JournalEntry]:
    """Return an entry for each payout of a statement to the bank, at the time at which its batch was opened.

    A payout that is kept stays in the balance, and has none.
    """
    return [
        JournalEntry(
            id=payout_entry_id(stored.name, currency),
            merchant=statement.merchant,
            kind=PAYOUT,
            currency=currency,
            amount=-balance.payout.amount,
            fee=0,
            at=stored.opened_at,
        )
        for currency, balance in statement.balances.items()
        if balance.payout is not None and balance.payout.destination is PayoutDestination.BANK
    ]
