"""The breaks between a settlement report and the ledger: those that reconciliation finds, and that a run can plant."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class BreakType(StrEnum):
    """Type of a break between two records."""

    MISSING_IN_FILE = "missing_in_file"
    MISSING_IN_LEDGER = "missing_in_ledger"
    AMOUNT_MISMATCH = "amount_mismatch"
    DUPLICATE = "duplicate"
    LATE_PRESENTMENT = "late_presentment"
    FEE_MISMATCH = "fee_mismatch"
    CURRENCY_MISMATCH = "currency_mismatch"
    STATUS_MISMATCH = "status_mismatch"
    TOTAL_MISMATCH = "total_mismatch"


DECLINED: Final = "declined"
"""What a payment's outcome calls a `status_mismatch`: the file says that the capture was declined at settlement."""

BREAK_OF_ITEM: Final[Mapping[str, BreakType]] = {
    (DECLINED if kind is BreakType.STATUS_MISMATCH else str(kind)): kind
    for kind in BreakType
    if kind is not BreakType.TOTAL_MISMATCH
}
"""The breaks of a capture, by their names in a payment's outcome. A `total_mismatch` is of a whole file."""
