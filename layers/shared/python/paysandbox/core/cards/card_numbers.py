"""Detect, locate and mask card numbers in free text.

A match is a number that a card could have: a brand's prefix, a length that the brand issues, and a valid check digit;
or one of the published test numbers. It is either a run of digits with no digit next to it, or digits in the groups
that are printed on cards. Request validation and log masking both use these rules; masking ignores the check digit.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import pairwise
from typing import Any, Final, cast

from paysandbox.core.cards.brand import Brand, brand_of, luhn_ok

# The lengths that are issued in practice; `brand.CARD_FORMATS` has those that the standards allow. Excluded are Visa
# numbers of 13 digits (the length of an EAN-13 bar code), 17 and 18 digits (the length of time-based IDs), and Maestro,
# which may have any length from 12 to 19. Published test numbers of these lengths are still detected.
_ISSUED: Final[Mapping[Brand, Collection[int]]] = {
    Brand.VISA: (16, 19),
    Brand.MASTERCARD: (16,),
    Brand.AMEX: (15,),
    Brand.DISCOVER: (16,),
    Brand.DINERS: (14,),
    Brand.JCB: (16,),
    Brand.UNIONPAY: (16, 19),
}
# Published test cards with a length that is excluded above. A test compares this with the table of test cards.
_PUBLISHED: Final = frozenset(
    {
        "3056930009020004",
        "4911830000000",
        "5817020000000000",
        "6304000000000000",
        "6759649826438453",
        "6771798021000008",
    }
)

_DIGITS: Final = re.compile(r"\d+")
# Separators between two groups: punctuation or spaces, or one that is percent-encoded (which becomes three spaces). Not
# `:` and `,`, which separate the numbers of a time and of a list.
_ENCODED: Final = re.compile(r"%(?:09|0A|0D|20|2B|2D|2E|2F)", re.IGNORECASE)
_SEPARATORS: Final = re.compile(r"[^\w:,]{1,6}")
_GROUPS: Final = ((4, 4, 4, 4, 3), (4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 3), (4, 4, 4, 2), (4, 4, 4, 1))
# What all of them have in common.
_FIRST_GROUP: Final = 4
_FEWEST_GROUPS: Final = 3
# The least length of a hexadecimal hash or ID, which may contain long runs of digits.
_HEX_ID: Final = 24
_HEXADECIMAL: Final = re.compile(r"[0-9A-Fa-f]*")
_WORD: Final = re.compile(r"[0-9A-Za-z]*")
_WORD_BEFORE: Final = re.compile(r"[0-9A-Za-z]*\Z")
_FEWEST_DIGITS: Final = 13
"""The fewest digits of an issued or published number."""
_TOO_MANY_DIGITS: Final = 20
"""Possibly several numbers without a separator. Accepted in requests, but masked in logs."""

_MASK: Final = "[number]"
_CARD_NUMBER_PATH: Final = ("card", "number")
_SOURCE_NUMBER_PATH: Final = ("source", "number")
_OF_FORM: Final = (("card",), ("cardNumber",))
"""The fields of an HTML form with a card number: those of the page of a Checkout session."""


def has_card_number(text: str) -> bool:
    """Whether the text contains a card number."""
    if len(text) < _FEWEST_DIGITS:
        return False
    return next(_places(text, _is_card_number), None) is not None


def without_card_numbers(text: str) -> str:
    """Mask every card number in the text, including mistyped ones, and every run of digits longer than a card number.

    Mistyped numbers are masked because they are one digit away from a real one.
    """
    places = list(_places(text, _is_masked))
    ends = [0, *(end for _, end in places)]
    starts = [*(start for start, _ in places), len(text)]
    return _MASK.join(text[end:start] for end, start in zip(ends, starts, strict=True))


def place_of_card_number(body: Mapping[str, Any], *, of_form: bool = False) -> str | None:
    """Return the dotted path of the first value or field name in a body that contains a card number, or None.

    `card.number` is skipped, and `source.number` of the body itself: a card number belongs there. So it does in `card`
    and `cardNumber` of an HTML form (`of_form`).
    """
    if of_form:
        body = {name: value for name, value in body.items() if (name,) not in _OF_FORM}
    path = _path(body, ())
    return None if path is None else ".".join(path)


def _path(value: Any, path: tuple[str, ...]) -> tuple[str, ...] | None:
    if isinstance(value, str):
        belongs = path[-2:] == _CARD_NUMBER_PATH or path == _SOURCE_NUMBER_PATH
        return path if not belongs and has_card_number(value) else None
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value).items()
    elif isinstance(value, list):
        members = ((str(place), member) for place, member in enumerate(cast("list[Any]", value)))
    else:
        return None
    for name, member in members:
        if len(name) >= _FEWEST_DIGITS and has_card_number(name):
            return (*path, name)
        # Most members are short texts, numbers and None, which take no call of their own.
        if isinstance(member, (dict, list)) or (isinstance(member, str) and len(member) >= _FEWEST_DIGITS):
            match = _path(member, (*path, name))
            if match is not None:
                return match
    return None


def _places(text: str, is_number: Callable[[str], bool]) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each number, from left to right."""
    runs = list(_DIGITS.finditer(_ENCODED.sub("   ", text)))
    last_end = 0
    for place, run in enumerate(runs):
        if run.start() < last_end:
            continue
        length = run.end() - run.start()
        end = None
        if length == _FIRST_GROUP:
            end = _end_of_groups(runs[place : place + 5], is_number)
        elif length >= _FEWEST_DIGITS and is_number(_ascii(run[0])) and not _is_hexadecimal(run):
            end = run.end()
        if end is not None:
            yield run.start(), end
            last_end = end


def _is_hexadecimal(run: re.Match[str]) -> bool:
    """Whether the digits are part of a hexadecimal word of at least `_HEX_ID` characters.

    Looks at no more than `_HEX_ID` characters on each side, so that the cost is bounded.
    """
    text, start, end = run.string, run.start(), run.end()
    before = _WORD_BEFORE.search(text[max(start - _HEX_ID, 0) : start])
    after = _WORD.match(text[end : end + _HEX_ID])
    word = f"{before[0] if before else ''}{run[0]}{after[0] if after else ''}"
    return len(word) >= _HEX_ID and not word.isdigit() and _HEXADECIMAL.fullmatch(word) is not None


def _end_of_groups(runs: list[re.Match[str]], is_number: Callable[[str], bool]) -> int | None:
    """Return the end of a grouped number that starts with the first of these runs of digits, or None."""
    text, start = runs[0].string, runs[0].start()
    if text[max(start - 1, 0) : start].isalnum():
        return None
    lengths = [len(run[0]) for run in runs]
    if len(lengths) < _FEWEST_GROUPS or lengths[0] != _FIRST_GROUP:
        return None
    for groups in _GROUPS:
        if tuple(lengths[: len(groups)]) != groups:
            continue
        group_runs = runs[: len(groups)]
        end = group_runs[-1].end()
        gaps = [text[left.end() : right.start()] for left, right in pairwise(group_runs)]
        is_separate = all(map(_SEPARATORS.fullmatch, gaps)) and not text[end : end + 1].isalnum()
        if is_separate and is_number(_ascii("".join(run[0] for run in group_runs))):
            return end
    return None


def _ascii(digits: str) -> str:
    """Convert the digits of other scripts to ASCII."""
    return digits if digits.isascii() else "".join(str(int(digit)) for digit in digits)


def _is_card_number(number: str) -> bool:
    return _has_form(number) and luhn_ok(number)


def _is_masked(number: str) -> bool:
    return _has_form(number) or len(number) >= _TOO_MANY_DIGITS


def _has_form(number: str) -> bool:
    """Whether the number has the prefix and length of a card number, or is published. Ignores the check digit."""
    if len(number) < _FEWEST_DIGITS:
        return False
    return len(number) in _ISSUED.get(brand_of(number), ()) or number in _PUBLISHED
