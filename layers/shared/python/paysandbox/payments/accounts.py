"""The accounts of the ledger. Postings move money between them (`payments/accounting.py`)."""

from typing import Final

MEMO_HOLD: Final = "memo_hold"
MEMO_HOLD_CONTRA: Final = "memo_hold_contra"
SCHEME_RECEIVABLE: Final = "scheme_receivable"
REFUND_CLEARING: Final = "refund_clearing"
BANK_CASH: Final = "bank_cash"
FEE_INCOME: Final = "fee_income"
DISPUTE_FEE_INCOME: Final = "dispute_fee_income"
PAYOUT_IN_TRANSIT: Final = "payout_in_transit"

Move = tuple[str, str, int]
"""Debit account, credit account, amount."""


def merchant_pending(merchant: str) -> str:
    """Return the liability account for a merchant's captured amounts that are not in a batch yet."""
    return f"merchant_pending:{merchant}"


def merchant_available(merchant: str) -> str:
    """Return the liability account for a merchant's settled amounts that are not paid out.

    If the merchant's balance is negative, the merchant owes it.
    """
    return f"merchant_available:{merchant}"


def merchant_funds(merchant: str) -> str:
    """Return the liability account for what a merchant has available apart from settlement.

    It is negative for what was moved of settled amounts since the last batch.
    """
    return f"merchant_funds:{merchant}"
