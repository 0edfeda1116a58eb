"""DynamoDB's numbers: up to 38 significant digits, from 1E-130 to 9.99…E+125, compared and added exactly.

Source: Amazon DynamoDB Developer Guide, "Supported data types and naming rules", Number.
"""

import re
from decimal import Context, Decimal
from functools import lru_cache
from typing import Final

from engine.dynamodb.refusals import invalid

DIGITS_MAX: Final = 38
_EXPONENT_MAX: Final = 125
_EXPONENT_MIN: Final = -130

_SHORT: Final = re.compile(r"0|-?[1-9][0-9]{0,37}").fullmatch
"""A whole number as it is stored."""
_NUMBER: Final = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,18}))?").fullmatch

_OVERFLOW: Final = "Number overflow. Attempting to store a number with magnitude larger than supported range"
_UNDERFLOW: Final = "Number underflow. Attempting to store a number with magnitude smaller than supported range"
_TOO_MANY_DIGITS: Final = "Attempting to store more than 38 significant digits in a Number"

# Enough digits for the sum of the largest and the smallest number.
_EXACT: Final = Context(prec=_EXPONENT_MAX - _EXPONENT_MIN + 2 * DIGITS_MAX)


def canonical(text: str) -> str:
    """Return a number as DynamoDB stores and returns it: without exponent, sign `+` and superfluous zeros.

    Raises RefusedError if it is none, or out of range.
    """
    return text if _SHORT(text) is not None else _canonical(text)


def _canonical(text: str) -> str:
    match = _NUMBER(text)
    if match is None or not (match[2] or match[3]):
        raise invalid(f"The parameter cannot be converted to a numeric value: {text}")
    sign, whole, fraction, exponent = match[1], match[2], match[3] or "", int(match[4] or 0)
    digits = (whole + fraction).lstrip("0")
    scale = exponent - len(fraction)  # of the last digit, as a power of ten
    magnitude = max(len(digits), 1) + scale - 1
    if magnitude > _EXPONENT_MAX:
        raise invalid(_OVERFLOW)
    if magnitude < _EXPONENT_MIN:
        raise invalid(_UNDERFLOW)
    significant = digits.rstrip("0")
    if len(significant) > DIGITS_MAX:
        raise invalid(_TOO_MANY_DIGITS)
    if not significant:
        return "0"
    scale += len(digits) - len(significant)
    return ("-" if sign == "-" else "") + _plain(significant, scale)


def _plain(digits: str, scale: int) -> str:
    if scale >= 0:
        return digits + "0" * scale
    point = len(digits) + scale
    return f"{digits[:point]}.{digits[point:]}" if point > 0 else f"0.{'0' * -point}{digits}"


@lru_cache(maxsize=1_024)
def decimal(text: str) -> Decimal:
    """Return a number for comparison."""
    return Decimal(text)


def total(left: str, right: str) -> str:
    """Return the exact sum of two numbers. Raises RefusedError if it is out of range, or has too many digits."""
    return canonical(str(_EXACT.add(Decimal(left), Decimal(right))))


def difference(left: str, right: str) -> str:
    """Return the exact difference of two numbers. Raises RefusedError as `total` does."""
    return canonical(str(_EXACT.subtract(Decimal(left), Decimal(right))))


def size(text: str) -> int:
    """Return the bytes of a number in its canonical form: a byte for two digits, one more, and one for a minus sign.

    AWS calls this approximate ("DynamoDB item sizes and formats"). That pairs are aligned at the decimal point is
    ministack's finding.
    """
    whole, _, fraction = text.lstrip("-").partition(".")
    digits, scale = (whole + fraction).lstrip("0"), -len(fraction)
    significant = digits.rstrip("0")
    if not significant:
        return 1
    scale += len(digits) - len(significant)
    pairs = (len(significant) + scale % 2 + 1) // 2
    return 1 + pairs + (text[0] == "-")
