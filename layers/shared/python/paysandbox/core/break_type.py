"""The breaks between a settlement report and the ledger, as reconciliation finds them."""

from enum import StrEnum


class BreakType(StrEnum):
    """Type of a break between two records."""

    MISSING_IN_FILE = "missing_in_file"
    MISSING_IN_LEDGER = "missing_in_ledger"
    AMOUNT_MISMATCH = "amount_mismatch"
    FEE_MISMATCH = "fee_mismatch"
    CURRENCY_MISMATCH = "currency_mismatch"
    DUPLICATE = "duplicate"
    LATE_PRESENTMENT = "late_presentment"
    TOTAL_MISMATCH = "total_mismatch"
