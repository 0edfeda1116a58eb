"""Files that a person writes or edits: UTF-8, at whose beginning some editors put a byte order mark.

Source: RFC 3629, section 6. Excel and Notepad write one. JSON must not begin with it (RFC 8259, section 8.1).
"""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import Final

WRITTEN: Final = "utf-8-sig"
"""The encoding of such a file, which reads a mark or none."""

_MARK: Final = "\ufeff"
_JSON_BEGINS: Final = (b"{", b"[")


def without_mark(text: str) -> str:
    """Return a text of standard input without a mark at its beginning."""
    return text.removeprefix(_MARK)


def without_mark_of_json(content: bytes) -> bytes:
    """Return a file's bytes as they are, but JSON without a mark at its beginning."""
    rest = content.removeprefix(BOM_UTF8)
    return rest if rest.lstrip().startswith(_JSON_BEGINS) else content
