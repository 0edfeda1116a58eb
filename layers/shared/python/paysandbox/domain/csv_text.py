"""CSV as RFC 4180 has it, but for lines that end in LF: the same bytes for the same texts, whatever Python writes them.

A text that a caller chose may be a formula to a spreadsheet (`=HYPERLINK(…)`). `defused` makes a text of it again, and
`restored` gives back the very text.
"""

import csv
import io
from collections.abc import Iterable
from typing import Final

_FORMULAS: Final = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20'")
"""What a spreadsheet may begin a formula with, in all widths; and the apostrophe that we put before it."""


class NotCsvError(ValueError):
    """Bytes that are no CSV in UTF-8. The text says why."""


def defused(text: str) -> str:
    """The text, after an apostrophe where a spreadsheet might take it for a formula."""
    return f"'{text}" if text.startswith(_FORMULAS) else text


def restored(text: str) -> str:
    """The text that was `defused`."""
    return text.removeprefix("'")


def row(fields: Iterable[str]) -> str:
    """One record with its LF. Fields are quoted where they must be, or begin or end with a blank."""
    return ",".join(map(_quoted, fields)) + "\n"


def rows(data: bytes) -> list[list[str]]:
    """The records of a file; lines may end in CR LF too. Raises NotCsvError."""
    try:
        return list(csv.reader(io.StringIO(data.decode(), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise NotCsvError(f"It is no CSV in UTF-8: {error}.") from None


def _quoted(text: str) -> str:
    plain = not any(character in text for character in ',"\r\n') and text == text.strip()
    return text if plain else '"{}"'.format(text.replace('"', '""'))
