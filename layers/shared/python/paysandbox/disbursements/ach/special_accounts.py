"""Account numbers with which the simulated bank does something special. Pure.

The last three digits decide. Each row is of one of the accounts that customers may have, of which any other is paid.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from paysandbox.core.record import record

ACCOUNT_OF_CHANGES: Final = "000123456789"
"""The account number that a notification of change gives. Nothing special happens with it."""
ROUTING_OF_CHANGES: Final = "101050001"
"""The routing number that a notification of change gives, of a bank that has the account above too."""
HOLDER_OF_CHANGES: Final = "SANDBOX CUSTOMER"
"""The name that a notification of change gives."""


class Report(StrEnum):
    """What the bank's acknowledgements say of an entry."""

    ACCEPTED = "accepted"
    """It settles when its window does."""
    SETTLED = "settled"
    """The account has it."""
    PENDING = "pending"
    """The bank cannot say yet."""
    REFUSED = "refused"
    """It does not settle."""
    HELD = "held"
    """It is reviewed."""
    BLOCKED = "blocked"
    """It does not settle. The money is not back yet."""
    UNCLAIMED = "unclaimed"
    """There is no account yet."""
    RETURNED = "returned"
    """It has not settled, and the money is back."""
    REVERSED = "reversed"
    """It settled, and the bank took it back."""


@record(kw_only=True)
class EntryReport:
    """What an acknowledgement says of an entry, and the bank's reason if it has one."""

    report: Report
    code: str | None = None


@record(kw_only=True)
class SpecialAccount:
    """A row of the table. `at_once` is reported at the cut-off, `later` on the banking day after settlement.

    What is accepted is reported as settled when its window settles. `at_the_end` is reported 30 days later. `returned`
    and `changed` are the codes of a return and of a notification of change, which come on the second banking day.
    """

    ending: str
    effect: str
    at_once: EntryReport = EntryReport(report=Report.ACCEPTED)
    later: EntryReport | None = None
    at_the_end: EntryReport | None = None
    returned: str | None = None
    changed: str | None = None

    @property
    def at_settlement(self) -> EntryReport | None:
        """What is reported when its window settles, or None if nothing is."""
        return EntryReport(report=Report.SETTLED) if self.at_once.report is Report.ACCEPTED else None


def _returned(ending: str, code: str, reason: str) -> SpecialAccount:
    return SpecialAccount(
        ending=ending, returned=code, effect=f"Paid, and returned on the second banking day: {code}, {reason}."
    )


def _changed(ending: str, code: str, part: str) -> SpecialAccount:
    return SpecialAccount(ending=ending, changed=code, effect=f"Paid, with a notification of change: {code}, {part}.")


def _reported(report: Report, code: str | None = None) -> EntryReport:
    return EntryReport(report=report, code=code)


SPECIAL_ACCOUNTS: Final = (
    _returned("113", "R02", "the account is closed"),
    _returned("116", "R03", "there is no such account"),
    _returned("016", "R16", "the account is frozen"),
    _returned("020", "R20", "the account takes no transfers"),
    _returned("023", "R23", "the receiver refused it"),
    # R29 is of debits only, so a credit to it is refused by its receiver.
    _returned("029", "R23", "the receiver refused it"),
    SpecialAccount(
        ending="227",
        effect="Refused at the cut-off, for a lack of funds: no return, which would be R01, of debits only.",
        at_once=_reported(Report.REFUSED, "INSUFFICIENT_FUNDS"),
    ),
    SpecialAccount(
        ending="440",
        effect="Refused at the cut-off, for its currency.",
        at_once=_reported(Report.REFUSED, "INVALID_CURRENCY"),
    ),
    SpecialAccount(ending="901", effect="Never settles.", at_once=_reported(Report.PENDING)),
    SpecialAccount(
        ending="902",
        effect="Stays unclaimed. After 30 days the money is returned.",
        at_once=_reported(Report.UNCLAIMED, "NO_ACCOUNT_YET"),
        at_the_end=_reported(Report.RETURNED, "NO_ACCOUNT_YET"),
    ),
    SpecialAccount(
        ending="811",
        effect="Held for review until the next banking day, then paid.",
        at_once=_reported(Report.HELD),
        later=_reported(Report.SETTLED),
    ),
    SpecialAccount(
        ending="812",
        effect="Blocked. On the next banking day the money is returned.",
        at_once=_reported(Report.BLOCKED, "COMPLIANCE"),
        later=_reported(Report.RETURNED, "COMPLIANCE"),
    ),
    SpecialAccount(
        ending="813",
        effect="Paid, and reversed by the bank on the next banking day.",
        later=_reported(Report.REVERSED),
    ),
    _changed("801", "C01", "the account number"),
    _changed("802", "C02", "the routing number"),
    _changed("803", "C03", "the routing number and the account number"),
    _changed("804", "C04", "the holder's name"),
    _changed("805", "C05", "the account's type"),
    _changed("806", "C06", "the account number and the account's type"),
    _changed("807", "C07", "the routing number, the account number and the account's type"),
)

_BY_ENDING: Final[Mapping[str, SpecialAccount]] = {account.ending: account for account in SPECIAL_ACCOUNTS}
_ORDINARY: Final = SpecialAccount(ending="", effect="Paid.")


def special_account(account_number: str) -> SpecialAccount:
    """Return the row of an account number, or one whose payments are just paid."""
    return _BY_ENDING.get(account_number[-3:], _ORDINARY)
