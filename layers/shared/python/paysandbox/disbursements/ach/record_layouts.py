"""The records of a NACHA file: which characters each field has. Pure.

A record has 94 characters. Numbers are padded with zeros on the left, texts with spaces on the right.

Source: Nacha, "ACH File Details": file header and control, company/batch header and control, PPD entry detail, and the
addenda of returns (99) and notifications of change (98).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final, Literal

from paysandbox.core.record import record

RECORD_LENGTH: Final = 94
BLOCKING_FACTOR: Final = 10
"""Records of a block. Records of nines fill the last one."""

FILLER: Final = "9" * RECORD_LENGTH

_PRINTABLE: Final = re.compile("[ -~]*")
_DIGITS: Final = re.compile("[0-9]+")


class UnreadableFileError(ValueError):
    """A file that is not as it has to be. The message has the reason, and no account number."""


@record
class Field:
    """A field of a record. One whose value never changes has it as `constant`."""

    name: str
    length: int
    kind: Literal["text", "number"] = "text"
    constant: str | None = None


Layout = tuple[Field, ...]


def _number(name: str, length: int) -> Field:
    return Field(name, length, "number")


def _constant(name: str, value: str) -> Field:
    return Field(name, len(value), "text", value)


FILE_HEADER: Final[Layout] = (
    _constant("record type", "1"),
    _constant("priority code", "01"),
    Field("immediate destination", 10),
    Field("immediate origin", 10),
    _number("creation date", 6),
    _number("creation time", 4),
    Field("file ID modifier", 1),
    _constant("record size", "094"),
    _constant("blocking factor", "10"),
    _constant("format code", "1"),
    Field("destination name", 23),
    Field("origin name", 23),
    Field("reference code", 8),
)
BATCH_HEADER: Final[Layout] = (
    _constant("record type", "5"),
    _number("service class", 3),
    Field("company name", 16),
    Field("discretionary data", 20),
    Field("company ID", 10),
    Field("entry class", 3),
    Field("description", 10),
    Field("descriptive date", 6),
    _number("effective date", 6),
    Field("settlement date", 3),
    _constant("originator status", "1"),
    _number("originator", 8),
    _number("batch number", 7),
)
ENTRY: Final[Layout] = (
    _constant("record type", "6"),
    _number("transaction code", 2),
    _number("routing number", 9),
    Field("account number", 17),
    _number("amount", 10),
    Field("individual ID", 15),
    Field("individual name", 22),
    Field("discretionary data", 2),
    _number("addenda indicator", 1),
    _number("trace number", 15),
)
RETURN_ADDENDA: Final[Layout] = (
    _constant("record type", "7"),
    _constant("addenda type", "99"),
    Field("reason", 3),
    _number("original trace number", 15),
    Field("date of death", 6),
    _number("original receiver", 8),
    Field("information", 44),
    _number("trace number", 15),
)
CHANGE_ADDENDA: Final[Layout] = (
    _constant("record type", "7"),
    _constant("addenda type", "98"),
    Field("reason", 3),
    _number("original trace number", 15),
    _constant("reserved", " " * 6),
    _number("original receiver", 8),
    Field("information", 29),
    _constant("reserved", " " * 15),
    _number("trace number", 15),
)
BATCH_CONTROL: Final[Layout] = (
    _constant("record type", "8"),
    _number("service class", 3),
    _number("entry count", 6),
    _number("entry hash", 10),
    _number("total debit", 12),
    _number("total credit", 12),
    Field("company ID", 10),
    _constant("message authentication code", " " * 19),
    _constant("reserved", " " * 6),
    _number("originator", 8),
    _number("batch number", 7),
)
FILE_CONTROL: Final[Layout] = (
    _constant("record type", "9"),
    _number("batch count", 6),
    _number("block count", 6),
    _number("entry count", 8),
    _number("entry hash", 10),
    _number("total debit", 12),
    _number("total credit", 12),
    _constant("reserved", " " * 39),
)


def placed(layout: Layout) -> Iterator[tuple[Field, int, int]]:
    """Yield each field of a record with the places of its first character and of that after its last, from 0."""
    start = 0
    for field in layout:
        yield field, start, start + field.length
        start += field.length


def write_record(layout: Layout, values: Mapping[str, str | int]) -> str:
    """Return a record. A field without a value is empty.

    Raises ValueError if a value does not fit into its field: nothing is cut off, or the file would say something else.
    """
    return "".join(_written(field, values.get(field.name, "")) for field in layout)


def _written(field: Field, value: str | int) -> str:
    if field.constant is not None:
        return field.constant
    text = str(value)
    fits = _DIGITS if field.kind == "number" else _PRINTABLE
    if len(text) > field.length or not fits.fullmatch(text):
        raise ValueError(f"the {field.name} does not fit into {field.length} characters")
    return text.rjust(field.length, "0") if field.kind == "number" else text.ljust(field.length)


def read_record(layout: Layout, line: str) -> dict[str, str]:
    """Return the fields of a record: the digits of numbers, and texts without the spaces on their right.

    Raises UnreadableFileError if it has another length, or if a field cannot have been written.
    """
    if len(line) != RECORD_LENGTH:
        raise UnreadableFileError(f"a record has {len(line)} characters")
    found: dict[str, str] = {}
    for field, start, end in placed(layout):
        text = line[start:end]
        fits = _DIGITS if field.kind == "number" else _PRINTABLE
        if not fits.fullmatch(text) or (field.constant is not None and text != field.constant):
            raise UnreadableFileError(f"the {field.name} of a record is not as it has to be")
        found[field.name] = text.rstrip() if field.kind == "text" else text
    return found
