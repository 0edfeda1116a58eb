"""Parse JSON bodies strictly, and turn validation errors into faults.

Rejected although Python accepts it: NaN and Infinity, a duplicate key in an object, nesting beyond 32 levels.
"""

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NoReturn

from paysandbox.core.cards.card_numbers import without_card_numbers
from paysandbox.core.cards.masking import without_api_keys
from paysandbox.core.errors import Code, Fault, Refused
from paysandbox.core.suggestion import did_you_mean

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

REPLACEMENT: Final = "\ufffd"
"""What a gateway puts in place of bytes that are not UTF-8, in all that it passes on as text."""
NOT_UTF_8: Final = "not UTF-8, or has the character U+FFFD, which stands for such bytes."

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
# A card nested in another object has the same faults.
_AROUND_CARD: Final = "payment_method_data."
# A customer's card may be sent as its source.
_AS_CARD: Final = re.compile(r"^source\.")
# How pydantic names the alternatives of a union in a location; it is not part of the parameter's name.
_ALTERNATIVE: Final = re.compile(r"(dict|literal|function-[a-z]+)\[.*\]")
_QUOTED: Final = re.compile(r"'([^']+)'")
_MESSAGES: Final = {
    Code.PARAMETER_MISSING: "This parameter is required.",
    Code.PARAMETER_UNKNOWN: "Unknown parameter.",
    Code.AMOUNT_INVALID: "Use a whole number of minor units, such as 1250 for 12.50 USD.",
    Code.CARD_NUMBER_INCORRECT: "Use a string of 12 to 19 digits.",
    Code.CVC_INVALID: "Use a string of 3 or 4 digits.",
}


def read_object(text: str) -> dict[str, Any]:
    """Parse the JSON object in `text`. Raises Refused(request_invalid) for anything else."""
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


def refusal(error: "ValidationError") -> Refused:
    """Turn a validation error into one error whose code is that of its first fault. No value of the request is in it.

    At most `MAX_FAULTS` faults are listed, so that a response does not grow with the request.
    """
    errors = error.errors(include_url=False)
    return refusal_of_faults([_fault(e["type"], e["loc"], _suggestion(e) + e["msg"]) for e in errors[:MAX_FAULTS]])


def refusal_of_faults(faults: Sequence[Fault]) -> Refused:
    """Return the one error of these faults, whose code is that of the first."""
    first = faults[0]
    return Refused(first.code, first.detail, first.param, errors=tuple(faults) if len(faults) > 1 else ())


def fault_code(kind: str, param: str) -> Code:
    """Return the code of pydantic's kind of error about a parameter, named by its dotted path."""
    if kind == "missing":
        return Code.PARAMETER_MISSING
    if kind == "extra_forbidden":
        return Code.PARAMETER_UNKNOWN
    known = _AS_CARD.sub("card.", param.removeprefix(_AROUND_CARD))
    if _PARAM_CODES.get(known) is Code.AMOUNT_INVALID and kind in _AMOUNT_CODES:
        return _AMOUNT_CODES[kind]
    return _PARAM_CODES.get(known, Code.PARAMETER_INVALID)


def parameter_name(text: str) -> str:
    """Return a parameter's name as it may be returned and logged, since the caller may have invented it.

    A lone surrogate cannot be encoded in UTF-8, and a card number or an API key may have been sent as a name.
    """
    return without_card_numbers(without_api_keys(text.encode(errors="replace").decode()))[:_MAX_PARAM]


def _fault(kind: str, place: Sequence[int | str], message: str) -> Fault:
    names = [str(part) for part in place if part != "[key]"]
    names[1:] = [name for name in names[1:] if not _ALTERNATIVE.fullmatch(name)]
    param = parameter_name(".".join(names)) or None
    code = fault_code(kind, param or "")
    return Fault(code, _MESSAGES.get(code, message), param)


def _suggestion(error: "ErrorDetails") -> str:
    """Return a suggestion for a value that is not one of a parameter's values."""
    if error["type"] != "literal_error":
        return ""
    return did_you_mean(error["input"], _QUOTED.findall(error.get("ctx", {}).get("expected", "")))


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) != len(pairs):
        raise Refused(Code.REQUEST_INVALID, "An object in the body has a duplicate key.")
    return entries


def _no_constant(name: str) -> NoReturn:
    raise Refused(Code.REQUEST_INVALID, f"{name} is not JSON (RFC 8259, section 6).")


# Built once: json.loads would build a decoder for each body, which costs as much as parsing it.
_decode: Final = json.JSONDecoder(object_pairs_hook=_once_each, parse_constant=_no_constant).decode


def _depth(value: object) -> int:
    """Count the levels of objects and lists. Iterative: a body may be nested as deep as the parser can recurse."""
    level, depth = [value], 0
    while containers := [entry for entry in level if isinstance(entry, (dict, list))]:
        depth += 1
        level = [
            entry
            for container in containers
            for entry in (container.values() if isinstance(container, dict) else container)
        ]
    return depth
