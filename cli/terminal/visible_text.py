"""Texts as the program shows them on a terminal: no order to it, nothing hidden, and no styles if the user has none.

Text from elsewhere (a reference, a header, a receiver's response) may contain escape sequences, which a terminal obeys,
and marks that reorder or hide what is beside them. `visible` turns them into their escapes.
"""

from __future__ import annotations

import json
import os
import unicodedata
from typing import Final

# Controls (C0, DEL, C1), formats (bidi marks, zero width, tags), lone surrogates, line and paragraph separators.
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def visible(text: str) -> str:
    r"""The text with every character that is an order to a terminal, or shows nothing, as its escape: `\x1b`, `\u202e`.

    A line break is such a character: a text is one line, unless `lines_of` took it apart.
    """
    if text.isprintable():
        return text
    return "".join(_escaped(character) if _is_hidden(character) else character for character in text)


def lines_of(text: str) -> list[str]:
    """The lines of a text that is meant to have some. They end in LF or CRLF, and in nothing else."""
    return text.replace("\r\n", "\n").removesuffix("\n").split("\n") if text else []


def visible_json(text: str) -> str:
    r"""A JSON text with everything that `visible` escapes as `\u202e`, which JSON reads back."""
    return "".join(_json_escaped(character) if _is_hidden(character) else character for character in text)


def is_plain() -> bool:
    """Whether the user asked for output without styles: NO_COLOR is set and not empty (no-color.org)."""
    return bool(os.environ.get("NO_COLOR"))


def _is_hidden(character: str) -> bool:
    return not character.isprintable() and unicodedata.category(character) in _HIDDEN


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()


def _json_escaped(character: str) -> str:
    if character == "\n":
        return character
    # Inside a string JSON has them escaped already; elsewhere they are space.
    return " " if character in "\t\r" else json.dumps(character)[1:-1]
