"""Bytes to JSON, strictly; and what is wrong with a body, as faults.

Refused although Python would read it: NaN and Infinity, a key twice in one object, nesting beyond 32 levels.
"""

import json
import re
from collections.abc import Sequence
from typing import Any, Final, NoReturn

from pydantic import ValidationError

from paysandbox.core.card_numbers import without_card_numbers
from paysandbox.core.errors import Code, Fault, Refused

MAX_DEPTH: Final = 32
MAX_FAULTS: Final = 20
_MAX_PARAM: Final = 100

_AMOUNT_CODES: Final = {
    "greater_than": Code.AMOUNT_TOO_SMALL,
    "less_than_equal": Code.AMOUNT_TOO_LARGE,
}
_PARAM_CODES: Final = {
    "amount": Code.AMOUNT_INVALID,
    "amount_to_capture": Code.AMOUNT_INVALID,
    "currency": Code.CURRENCY_UNSUPPORTED,
    "card.number": Code.CARD_NUMBER_INCORRECT,
    "card.exp_month": Code.CARD_EXPIRY_INVALID,
    "card.exp_year": Code.CARD_EXPIRY_INVALID,
    "card.cvc": Code.CVC_INVALID,
    "cursor": Code.CURSOR_INVALID,
}
# A card that is sent within another object: what is wrong with it is the same.
_AROUND_CARD: Final = "payment_method_data."
# How pydantic names the alternatives of a field; no caller sent that.
_ALTERNATIVE: Final = re.compile(r"(dict|literal|function-[a-z]+)\[.*\]")
_MESSAGES: Final = {
    Code.PARAMETER_MISSING: "This parameter is required.",
    Code.PARAMETER_UNKNOWN: "Unknown parameter.",
    Code.AMOUNT_INVALID: "Use a whole number of minor units, such as 1250 for 12.50 USD.",
    Code.CARD_NUMBER_INCORRECT: "Use a string of 12 to 19 digits.",
    Code.CVC_INVALID: "Use a string of 3 or 4 digits.",
}


def read_object(text: str) -> dict[str, Any]:
    """The JSON object in `text`. Raises Refused(request_invalid) for anything else."""
    try:
        sent = _decode(text)
    except Refused:
        raise
    except (ValueError, RecursionError):
        raise Refused(Code.REQUEST_INVALID, "The body is not JSON.") from None
    if not isinstance(sent, dict):
        raise Refused(Code.REQUEST_INVALID, "The body is not a JSON object.")
    if _depth(sent) > MAX_DEPTH:
        raise Refused(Code.REQUEST_INVALID, f"The body is nested more than {MAX_DEPTH} levels deep.")
    return sent


def refusal(error: ValidationError) -> Refused:
    """What pydantic found, as one refusal; its first fault gives the code. No value of the request is in it.

    The first `MAX_FAULTS` are listed: a refusal must not grow with what it refuses.
    """
    found = error.errors(include_url=False, include_input=False, include_context=False)
    faults = tuple(_fault(e["type"], e["loc"], e["msg"]) for e in found[:MAX_FAULTS])
    first = faults[0]
    return Refused(first.code, first.detail, first.param, errors=faults if len(faults) > 1 else ())


def parameter_name(text: str) -> str:
    """A parameter's name as it may be answered and logged, since the caller may have made it up.

    A lone surrogate cannot be answered in UTF-8, and a card number may have been typed as a name.
    """
    return without_card_numbers(text.encode(errors="replace").decode())[:_MAX_PARAM]


def _fault(kind: str, place: Sequence[int | str], message: str) -> Fault:
    names = [str(part) for part in place if part != "[key]"]
    names[1:] = [name for name in names[1:] if not _ALTERNATIVE.fullmatch(name)]
    param = parameter_name(".".join(names)) or None
    known = (param or "").removeprefix(_AROUND_CARD)
    if kind == "missing":
        code = Code.PARAMETER_MISSING
    elif kind == "extra_forbidden":
        code = Code.PARAMETER_UNKNOWN
    elif _PARAM_CODES.get(known) is Code.AMOUNT_INVALID and kind in _AMOUNT_CODES:
        code = _AMOUNT_CODES[kind]
    else:
        code = _PARAM_CODES.get(known, Code.PARAMETER_INVALID)
    return Fault(code, _MESSAGES.get(code, message), param)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) != len(pairs):
        raise Refused(Code.REQUEST_INVALID, "An object in the body has a duplicate key.")
    return entries


def _no_constant(name: str) -> NoReturn:
    raise Refused(Code.REQUEST_INVALID, f"{name} is not JSON (RFC 8259, section 6).")


# Made once: json.loads would make one for each body, at the price of reading it.
_decode: Final = json.JSONDecoder(object_pairs_hook=_once_each, parse_constant=_no_constant).decode


def _depth(value: object) -> int:
    """Levels of objects and lists. Level by level, since a body may be nested as deep as the parser can recurse."""
    level, depth = [value], 0
    while containers := [entry for entry in level if isinstance(entry, (dict, list))]:
        depth += 1
        level = [
            entry
            for container in containers
            for entry in (container.values() if isinstance(container, dict) else container)
        ]
    return depth
