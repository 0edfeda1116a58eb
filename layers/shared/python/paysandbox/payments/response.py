"""What a bank says about an authorization: its code, the decline if it is one, and what it found of the card's data."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

APPROVED: Final = "00"
PARTLY_APPROVED: Final = "10"


class Check(StrEnum):
    """How something that the cardholder typed compares with what the bank knows."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    UNAVAILABLE = "unavailable"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """Security code, postal code and first address line. What was not given is not checked."""

    cvc: Check = Check.UNCHECKED
    zip: Check = Check.UNCHECKED
    line1: Check = Check.UNCHECKED


NOTHING_CHECKED: Final = Checks()


class RiskLevel(StrEnum):
    """How likely a payment looks to be fraud."""

    NORMAL = "normal"
    ELEVATED = "elevated"
    HIGHEST = "highest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline:
    """The bank says no: its reason, and whether the merchant should try again (a fact, recorded)."""

    decline_code: str
    advice_code: str


@dataclass(frozen=True, slots=True)
class Response:
    """The bank's answer. `code` is field 39 of ISO 8583, or None where the bank was never asked (blocked before)."""

    code: str | None = APPROVED
    decline: Decline | None = None
    checks: Checks = NOTHING_CHECKED
    risk_level: RiskLevel = RiskLevel.NORMAL
