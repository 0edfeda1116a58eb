"""The codes with which a bank returns a credit, and corrects the account that it was to. Pure.

Source: Nacha, "ACH Return Codes" (which are of debits only, and within how many banking days each comes), and
"Notification of Change" codes.
"""

from collections.abc import Mapping
from typing import Final

RETURN_CODES: Final[Mapping[str, int]] = dict.fromkeys(
    ("R02", "R03", "R04", "R12", "R13", "R14", "R15", "R16", "R17", "R20", "R22", "R24"), 2
) | {"R23": 4}
"""The codes with which a credit may be returned, and within how many banking days after its settlement."""

CHANGE_CODES: Final = ("C01", "C02", "C03", "C04", "C05", "C06", "C07")
"""The codes of notifications of change that are possible for a PPD credit."""
