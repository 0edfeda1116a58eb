"""A suggestion for a word that is not one of the known ones."""

from collections.abc import Iterable
from typing import Final

_COMPARED_MAX: Final = 64
"""Characters of a text that are compared, because the time grows with the square of its length."""


def did_you_mean(text: object, known: Iterable[str]) -> str:
    """Return "Did you mean x? " for the known word that is nearest to a text, or "" if none is near.

    The text itself is not repeated.
    """
    found = nearest(text, known) if isinstance(text, str) else None
    return f"Did you mean {found}? " if found is not None else ""


def nearest(text: str, known: Iterable[str]) -> str | None:
    """Return the known word that is nearest to a text, whatever its case, or None if none is near."""
    from difflib import get_close_matches  # only after an error

    by_lower_case = {word.lower(): word for word in known}
    near = get_close_matches(text[:_COMPARED_MAX].lower(), by_lower_case, n=1)
    return by_lower_case[near[0]] if near else None
