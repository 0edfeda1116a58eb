"""CSV per RFC 4180, except that lines end in LF. The same fields give the same bytes on every Python version.

A spreadsheet may evaluate a caller's text as a formula (`=HYPERLINK(…)`), also after a character that some
spreadsheets treat as a cell separator even inside quotes: the semicolon, in most of Europe, and the tab. `defused`
escapes such text, and `restored` reverses it exactly.
"""

import codecs
import csv
import io
import re
from collections.abc import Collection, Iterable
from typing import Final

# Where a cell may start, and the characters that may start a formula: ASCII or full-width, after quotes or spaces. Also
# the apostrophe that `defused` inserts.
_CELL: Final = r"(?:\A|(?<=[;\t\r\n]))"
_FORMULA: Final = r"""(?=[" ]*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20'])"""
_DANGEROUS: Final = re.compile(_CELL + _FORMULA)
_DEFUSED: Final = re.compile(f"{_CELL}'{_FORMULA}")


class NotCsvError(ValueError):
    """The bytes are not CSV in UTF-8. The message has the reason."""


def defused(text: str) -> str:
    """Insert an apostrophe wherever a spreadsheet might evaluate the following text as a formula."""
    return _DANGEROUS.sub("'", text)


def restored(text: str) -> str:
    """Return the original of a `defused` text."""
    return _DEFUSED.sub("", text)


def row(fields: Iterable[str], quoted: Collection[int] = ()) -> str:
    """Format one record, with its LF. Quotes a field if RFC 4180 requires it, or if it starts or ends with whitespace.

    Fields at the indexes in `quoted` are always quoted, unless they are empty.
    """
    return ",".join(_field(text, is_quoted=place in quoted) for place, text in enumerate(fields)) + "\n"


def without_mark(data: bytes) -> bytes:
    """Return a file without the byte order mark that spreadsheets write before UTF-8 (Unicode Standard, 23.8)."""
    return data.removeprefix(codecs.BOM_UTF8)


def rows(data: bytes) -> list[list[str]]:
    """Parse the records of a file; lines may also end in CR LF. Raises NotCsvError."""
    try:
        return list(csv.reader(io.StringIO(data.decode(), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise NotCsvError(f"The file is not CSV in UTF-8: {error}.") from None


def _field(text: str, *, is_quoted: bool) -> str:
    plain = not any(character in text for character in ',"\r\n') and text == text.strip()
    return text if not text or (plain and not is_quoted) else '"{}"'.format(text.replace('"', '""'))
