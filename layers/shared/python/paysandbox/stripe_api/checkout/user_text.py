"""Texts of merchants and payers in the page of a Checkout session. Pure.

A product's name may contain marks that reorder what is beside it, such as the amount (Unicode Standard Annex #9,
"Unicode Bidirectional Algorithm"). An element `bdi` keeps its order to itself, but a mark within it can end that, so
marks are shown as their escapes, as on the dashboard. Letters that are written from right to left need none.
"""

import unicodedata
from html import escape
from typing import Final

# Controls, formats (marks of the order, zero width), lone surrogates, line and paragraph separators.
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})

_UNCHANGED: Final = frozenset("\n\r\t\u200c\u200d")
"""White space, and what joins letters and emoji or keeps them apart: it changes no order."""


def visible(text: str) -> str:
    r"""Return a text with every character that hides or reorders something as its escape: `\u202e`."""
    if text.isprintable():
        return text
    return "".join(
        each.encode("unicode_escape").decode()
        if each not in _UNCHANGED and unicodedata.category(each) in _HIDDEN
        else each
        for each in text
    )


def plain_text(text: str) -> str:
    """Return a text for HTML that has no elements: an attribute, or an option of a list."""
    return escape(visible(text))


def user_text(text: str) -> str:
    """Return a text for HTML as an element that changes the order of nothing beside it."""
    return f"<bdi>{plain_text(text)}</bdi>"
