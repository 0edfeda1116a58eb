"""Notifications of change: what they correct of a bank account. Pure.

Source: Nacha, "Notification of Change" codes and the places of the corrected data in an addenda 98: the account number
has 17 characters, the routing number 9, the transaction code 2.
"""

from collections.abc import Mapping
from typing import Final

from paysandbox.core.record import record, replace
from paysandbox.disbursements.ach.credit_file import CREDIT_CODES
from paysandbox.disbursements.ach.destination import AccountType, Destination, wrong_part
from paysandbox.disbursements.ach.record_layouts import UnreadableFileError

_ROUTING: Final = "routing_number"
_ACCOUNT: Final = "account_number"
_TYPE: Final = "account_type"
_HOLDER: Final = "holder"

# By code, each part of the corrected data: what it corrects, its first character, from 0, and the one after its last.
_PARTS: Final[Mapping[str, tuple[tuple[str, int, int], ...]]] = {
    "C01": ((_ACCOUNT, 0, 17),),
    "C02": ((_ROUTING, 0, 9),),
    "C03": ((_ROUTING, 0, 9), (_ACCOUNT, 12, 29)),
    "C04": ((_HOLDER, 0, 22),),
    "C05": ((_TYPE, 0, 2),),
    "C06": ((_ACCOUNT, 0, 17), (_TYPE, 20, 22)),
    "C07": ((_ROUTING, 0, 9), (_ACCOUNT, 9, 26), (_TYPE, 26, 28)),
}

_TYPES: Final[Mapping[str, AccountType]] = {str(code): kind for kind, code in CREDIT_CODES.items()}


@record(kw_only=True)
class Correction:
    """A correction: its code, and the new values of what it corrects. What is None stays as it is."""

    code: str
    routing_number: str | None = None
    account_number: str | None = None
    account_type: AccountType | None = None
    holder: str | None = None

    def __repr__(self) -> str:
        # No log line is to have an account number.
        return f"Correction({self.code})"


def corrected(destination: Destination, correction: Correction) -> Destination:
    """Return a bank account after a correction."""
    new = {
        _ROUTING: correction.routing_number,
        _ACCOUNT: correction.account_number,
        _TYPE: correction.account_type,
        _HOLDER: correction.holder,
    }
    return replace(destination, **{name: value for name, value in new.items() if value is not None})


def correction_to(code: str, wanted: Destination) -> Correction:
    """Return the correction with a code after which an account has the corrected parts of `wanted`."""
    return Correction(code=code, **{name: getattr(wanted, name) for name, _, _ in _PARTS[code]})


def write_correction(correction: Correction) -> str:
    """Return the corrected data of a correction, without spaces on the right."""
    text = ""
    for name, start, end in _PARTS[correction.code]:
        value: str = getattr(correction, name)
        written = str(CREDIT_CODES[correction.account_type]) if name == _TYPE and correction.account_type else value
        text = text.ljust(start) + written.ljust(end - start)
    return text.rstrip()


def read_correction(code: str, text: str) -> Correction:
    """Read the corrected data of a notification of change.

    Raises UnreadableFileError if the code is of none that is possible, or if the data could be of no account.
    """
    parts = _PARTS.get(code)
    if parts is None:
        raise UnreadableFileError("a notification of change has an unknown code")
    values: dict[str, str | None] = {
        name: text[start:end].rstrip() if name != _TYPE else _TYPES.get(text[start:end]) for name, start, end in parts
    }
    if None in values.values():
        raise UnreadableFileError("a notification of change has an unknown transaction code")
    correction = Correction(code=code, **values)  # pyright: ignore[reportArgumentType] - types were read as such
    wrong = wrong_part(corrected(_VALID, correction))
    if wrong is not None:
        raise UnreadableFileError(f"a notification of change has no valid {wrong}")
    if write_correction(correction) != text:
        raise UnreadableFileError("a notification of change has more than its code says")
    return correction


_VALID: Final = Destination(routing_number="110000000", account_number="1", account_type="checking", holder="X")
