"""Read a merchant's balance: the sums of its journal, and its funds, which are available."""

from paysandbox.balance.balance import Balance
from paysandbox.funds.funds_table import FundsTable, read_balances
from paysandbox.funds.journal_entry import Sums
from paysandbox.funds.journal_table import read_sums


def balances_of(table: FundsTable, merchant: str) -> dict[str, Balance]:
    """Return a merchant's balances by currency, in alphabetical order. Two consistent reads, whatever the history."""
    sums, kept = read_sums(table, merchant), read_balances(table, merchant)
    return {
        currency: Balance(
            pending=sums.get(currency, Sums()).pending,
            available=sums.get(currency, Sums()).available + kept.get(currency, 0),
        )
        for currency in sorted({*sums, *kept})
    }
