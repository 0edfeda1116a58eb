"""CSV as RFC 4180 has it, but for lines that end in LF: the same bytes for the same texts, whatever Python writes them.

A text that a caller chose may be a formula to a spreadsheet (`=HYPERLINK(…)`), also behind a character at which some
spreadsheets begin the next cell, quotes or not: the semicolon, in most of Europe, and the tab. `defused` makes a text
of it again, and `restored` gives back the very text.
"""

import csv
import io
import re
from collections.abc import Collection, Iterable
from typing import Final

# Where a cell may begin, and what a formula may begin with, in all widths, be it quoted or behind a blank; and the
# apostrophe that we put before it.
_CELL: Final = r"(?:\A|(?<=[;\t\r\n]))"
_FORMULA: Final = r"""(?=[" ]*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20'])"""
_DANGEROUS: Final = re.compile(_CELL + _FORMULA)
_DEFUSED: Final = re.compile(f"{_CELL}'{_FORMULA}")


class NotCsvError(ValueError):
    """Bytes that are no CSV in UTF-8. The text says why."""


def defused(text: str) -> str:
    """The text, with an apostrophe wherever a spreadsheet might take what follows for a formula."""
    return _DANGEROUS.sub("'", text)


def restored(text: str) -> str:
    """The text that was `defused`."""
    return _DEFUSED.sub("", text)


def row(fields: Iterable[str], quoted: Collection[int] = ()) -> str:
    """One record with its LF. Fields are quoted where they must be, or begin or end with a blank.

    Those at the places `quoted` always are, unless they are empty.
    """
    return ",".join(_field(text, is_quoted=place in quoted) for place, text in enumerate(fields)) + "\n"


def rows(data: bytes) -> list[list[str]]:
    """The records of a file; lines may end in CR LF too. Raises NotCsvError."""
    try:
        return list(csv.reader(io.StringIO(data.decode(), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise NotCsvError(f"It is no CSV in UTF-8: {error}.") from None


def _field(text: str, *, is_quoted: bool) -> str:
    plain = not any(character in text for character in ',"\r\n') and text == text.strip()
    return text if not text or (plain and not is_quoted) else '"{}"'.format(text.replace('"', '""'))
