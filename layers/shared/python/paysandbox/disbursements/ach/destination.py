"""The bank account that an ACH credit pays. Pure."""

import re
import unicodedata
from typing import Final, Literal, Protocol, get_args

from paysandbox.core.record import record
from paysandbox.disbursements.disbursement import Disbursement

AccountType = Literal["checking", "savings"]

MAX_HOLDER: Final = 22
"""Characters of a holder's name: those of an entry's receiver (Nacha, "ACH File Details", entry detail record)."""

_ROUTING: Final = re.compile("[0-9]{9}")
_ACCOUNT: Final = re.compile("[0-9]{1,17}")
_HOLDER: Final = re.compile(f"[ -~]{{1,{MAX_HOLDER}}}")
_WEIGHTS: Final = (3, 7, 1) * 3


@record(kw_only=True)
class Destination:
    """A bank account: 9 digits, up to 17 digits, and its holder's name in up to 22 printable characters of ASCII."""

    routing_number: str
    account_number: str
    account_type: AccountType
    holder: str

    def __repr__(self) -> str:
        # No log line is to have an account number.
        return f"Destination(…{self.account_number[-4:]})"


class Destinations(Protocol):
    """The bank accounts that are paid."""

    def find(self, disbursement: Disbursement) -> Destination | None:
        """Return the bank account that a disbursement pays, the same each time, or None if there is none."""
        ...

    def correct(self, merchant: str, customer_id: str, before: Destination, after: Destination) -> None:
        """Replace a customer's bank account, unless it is another than `before` by now."""
        ...


def entry_holder(name: str) -> str:
    """Return a holder's name as an entry has it: in ASCII, and cut off. What has no such form is a question mark."""
    plain = unicodedata.normalize("NFKD", name.strip())
    ascii_only = "".join(each if " " <= each <= "~" else "?" for each in plain if not unicodedata.combining(each))
    return ascii_only[:MAX_HOLDER].strip() or "?"


def is_routing_number(text: str) -> bool:
    """Whether a text is a routing number: 9 digits with the checksum of the American Bankers Association."""
    if not _ROUTING.fullmatch(text):
        return False
    return sum(int(digit) * weight for digit, weight in zip(text, _WEIGHTS, strict=True)) % 10 == 0


def wrong_part(destination: Destination) -> str | None:
    """Return the name of the first part with which no entry can be written, or None if there is none."""
    if not is_routing_number(destination.routing_number):
        return "routing_number"
    if not _ACCOUNT.fullmatch(destination.account_number):
        return "account_number"
    if destination.account_type not in get_args(AccountType):
        return "account_type"
    return None if is_holder(destination.holder) else "holder"


def is_holder(text: str) -> bool:
    """Whether a text can be a holder's name in an entry."""
    return _HOLDER.fullmatch(text) is not None and text == text.strip()
