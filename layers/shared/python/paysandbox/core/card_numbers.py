"""Card numbers in texts: whether one stands there, where in a body, and the text without them.

A number is one that some card may have: a brand's first digits, a length in which that brand issues cards, and the
check digit; or one of the published test numbers. It stands alone between characters that are no digits, or in the
groups in which cards print it. The refusal of such texts and the mask of the log both go by this; the mask does not ask
for the check digit.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import pairwise
from typing import Any, Final, cast

from paysandbox.core.brand import Brand, brand_of, luhn_ok

# As cards are issued, where `brand.FORMS` has what the standards would allow. Left out are 13 digits of Visa (as the
# EAN-13 on most goods has), 17 and 18 digits (as ids made of the time have), and Maestro, whose numbers have any length
# from 12 to 19. The published ones of these are found all the same.
_ISSUED: Final[Mapping[Brand, Collection[int]]] = {
    Brand.VISA: (16, 19),
    Brand.MASTERCARD: (16,),
    Brand.AMEX: (15,),
    Brand.DISCOVER: (16,),
    Brand.DINERS: (14,),
    Brand.JCB: (16,),
    Brand.UNIONPAY: (16, 19),
}
# Test cards of lengths that are left out above: payments know them all, and a test holds this to them.
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
# Between two groups: up to three marks, or one that was percent-encoded. Not : and , which stand between the numbers of
# a time and of a list.
_ENCODED: Final = re.compile(r"%(?:09|0A|0D|20|2B|2D|2E|2F)", re.IGNORECASE)
_MARKS: Final = re.compile(r"[^\w:,]{1,6}")
_GROUPS: Final = ((4, 4, 4, 4, 3), (4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 3), (4, 4, 4, 2), (4, 4, 4, 1))
# Hashes and ids in hexadecimal digits, in which some runs have no letter.
_HEX_ID: Final = 24
_HEXADECIMAL: Final = re.compile(r"[0-9A-Fa-f]*")
_WORD: Final = re.compile(r"[0-9A-Za-z]*")
_WORD_BEFORE: Final = re.compile(r"[0-9A-Za-z]*\Z")
_TOO_MANY_DIGITS: Final = 20
"""Several numbers one after the other, perhaps. Nothing is refused for it, and no log shows it."""

_MASK: Final = "[number]"
_OWN_PLACE: Final = ("card", "number")


def has_card_number(text: str) -> bool:
    """Whether a card number stands in the text."""
    return next(_places(text, _is_card_number), None) is not None


def without_card_numbers(text: str) -> str:
    """The text with every card number masked, mistyped ones too, and whatever has more digits in a row than one.

    A number that fails its check digit is a digit away from somebody's.
    """
    places = list(_places(text, _is_hidden))
    ends = [0, *(end for _, end in places)]
    starts = [*(start for start, _ in places), len(text)]
    return _MASK.join(text[end:start] for end, start in zip(ends, starts, strict=True))


def place_of_card_number(body: Mapping[str, Any]) -> str | None:
    """The path, with dots, of the first text or name in a body that holds a card number; None where none does.

    The `number` of a `card` is the place for one.
    """
    path = _path(body, ())
    return None if path is None else ".".join(path)


def _path(value: Any, path: tuple[str, ...]) -> tuple[str, ...] | None:
    if isinstance(value, str):
        return path if has_card_number(value) and path[-2:] != _OWN_PLACE else None
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value).items()
    elif isinstance(value, list):
        members = ((str(place), member) for place, member in enumerate(cast("list[Any]", value)))
    else:
        return None
    for name, member in members:
        here = (*path, name)
        found = here if has_card_number(name) else _path(member, here)
        if found is not None:
            return found
    return None


def _places(text: str, is_number: Callable[[str], bool]) -> Iterator[tuple[int, int]]:
    """Where each number begins and ends, from left to right."""
    runs = list(_DIGITS.finditer(_ENCODED.sub("   ", text)))
    last_end = 0
    for place, run in enumerate(runs):
        if run.start() < last_end:
            continue
        is_alone = is_number(_ascii(run[0])) and not _is_hexadecimal(run)
        end = run.end() if is_alone else _end_of_groups(runs[place : place + 5], is_number)
        if end is not None:
            yield run.start(), end
            last_end = end


def _is_hexadecimal(run: re.Match[str]) -> bool:
    """Whether the digits are part of a longer word of hexadecimal digits: looked at is no more than tells."""
    text, start, end = run.string, run.start(), run.end()
    before = _WORD_BEFORE.search(text[max(start - _HEX_ID, 0) : start])
    after = _WORD.match(text[end : end + _HEX_ID])
    word = f"{before[0] if before else ''}{run[0]}{after[0] if after else ''}"
    return len(word) >= _HEX_ID and not word.isdigit() and _HEXADECIMAL.fullmatch(word) is not None


def _end_of_groups(runs: list[re.Match[str]], is_number: Callable[[str], bool]) -> int | None:
    """The end of a number in groups that begins with the first of these runs of digits."""
    text, start = runs[0].string, runs[0].start()
    if text[max(start - 1, 0) : start].isalnum():
        return None
    lengths = [len(run[0]) for run in runs]
    for groups in _GROUPS:
        if tuple(lengths[: len(groups)]) != groups:
            continue
        taken = runs[: len(groups)]
        end = taken[-1].end()
        gaps = [text[one.end() : other.start()] for one, other in pairwise(taken)]
        stands_alone = all(map(_MARKS.fullmatch, gaps)) and not text[end : end + 1].isalnum()
        if stands_alone and is_number(_ascii("".join(run[0] for run in taken))):
            return end
    return None


def _ascii(digits: str) -> str:
    """The same digits: those of other scripts count as well."""
    return digits if digits.isascii() else "".join(str(int(digit)) for digit in digits)


def _is_card_number(number: str) -> bool:
    return _has_form(number) and luhn_ok(number)


def _is_hidden(number: str) -> bool:
    return _has_form(number) or len(number) >= _TOO_MANY_DIGITS


def _has_form(number: str) -> bool:
    """Whether a card has such a number, or would if one digit were another."""
    return len(number) in _ISSUED.get(brand_of(number), ()) or number in _PUBLISHED
