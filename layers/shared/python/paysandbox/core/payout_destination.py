"""Where the payouts of settlement go, as a merchant's setting says and each payout records."""

from enum import StrEnum


class PayoutDestination(StrEnum):
    """The destination of a merchant's payouts."""

    BANK = "bank"
    """The merchant's bank account."""
    BALANCE = "balance"
    """They stay available, for transfers and disbursements."""
