"""Builders of bank accounts, credits and files of ACH, with a keyword per field.

window = ach.window()
text = write_file(ach.file_of(ach.credit(1), ach.credit(2, amount=1)))
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from paysandbox.disbursements.ach.credit_file import SANDBOX, Credit, credit_file
from paysandbox.disbursements.ach.destination import Destination
from paysandbox.disbursements.ach.file_name import FileName, read_file_name
from paysandbox.disbursements.ach.nacha_file import NachaFile, write_file
from paysandbox.disbursements.ach.simulated_bank import BankFile, answers_to
from paysandbox.disbursements.ach.windows import FEDACH_CUTOFFS, Cutoffs, Window, read_cutoffs, window_named

CUTOFFS: Final[Cutoffs] = read_cutoffs(FEDACH_CUTOFFS)
NAME: Final = "2026-11-23.1.1"
"""A file of the Monday before Thanksgiving, to 10:30 in New York."""


def utc(text: str) -> datetime:
    """Read a time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def destination(**parts: Any) -> Destination:
    """Build a checking account that takes what it gets."""
    made = Destination(
        routing_number="110000000", account_number="000123456789", account_type="checking", holder="Jane Doe"
    )
    return replace(made, **parts)


def credit(number: int = 1, **parts: Any) -> Credit:
    """Build a credit of 12.50 dollars. `account` is its account's number."""
    account = parts.pop("account", None)
    to = parts.pop("destination", destination(account_number=account) if account else destination())
    return replace(Credit(id=f"dsb_{number:022}", amount=12_50, destination=to), **parts)


def window(name: str = NAME) -> Window:
    """Return the window of a file's name."""
    return window_named(read_file_name(name).window_name, CUTOFFS)


def file_name(name: str = NAME) -> FileName:
    """Return a file's name."""
    return read_file_name(name)


def file_of(*given: Credit, name: str = NAME) -> NachaFile:
    """Return a file with these credits, created at the cut-off."""
    return credit_file(read_file_name(name), window(name), given, SANDBOX, window(name).cutoff)


def answers(*given: Credit, name: str = NAME) -> dict[str, BankFile]:
    """Return what the simulated bank answers to a file with these credits, by the files' names."""
    text = write_file(file_of(*given, name=name))
    return {file.name: file for file in answers_to(text, read_file_name(name), window(name), SANDBOX)}
