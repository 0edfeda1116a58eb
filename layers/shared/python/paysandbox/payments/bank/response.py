"""The bank's response to an authorization: response code, decline, checks of the card's data, and risk level."""

from dataclasses import fields
from enum import StrEnum
from typing import Final

from paysandbox.core.record import record

APPROVED: Final = "00"
PARTIALLY_APPROVED: Final = "10"


class Check(StrEnum):
    """The result of the bank's check of a value that the cardholder entered."""

    PASS = "pass"  # noqa: S105 - not a password
    FAIL = "fail"
    UNAVAILABLE = "unavailable"
    UNCHECKED = "unchecked"


@record(kw_only=True)
class Checks:
    """Checks of security code, postal code and first address line. Values that were not sent are unchecked."""

    cvc: Check = Check.UNCHECKED
    zip: Check = Check.UNCHECKED
    line1: Check = Check.UNCHECKED

    @property
    def given(self) -> tuple[str, ...]:
        """The names of the values that were sent."""
        return tuple(each.name for each in fields(self) if getattr(self, each.name) is not Check.UNCHECKED)


NOTHING_CHECKED: Final = Checks()


class RiskLevel(StrEnum):
    """The fraud risk of a payment."""

    NORMAL = "normal"
    ELEVATED = "elevated"
    HIGHEST = "highest"


@record(kw_only=True)
class Decline:
    """A decline: its reason, and the advice to the merchant on retrying. Both are recorded."""

    decline_code: str
    advice_code: str


@record
class Response:
    """The bank's response. `code` is field 39 of ISO 8583, or None if the payment was blocked before the bank."""

    code: str | None = APPROVED
    decline: Decline | None = None
    checks: Checks = NOTHING_CHECKED
    risk_level: RiskLevel = RiskLevel.NORMAL
