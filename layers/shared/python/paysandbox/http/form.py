"""Decode form-encoded bodies and queries (application/x-www-form-urlencoded) into maps and lists of strings.

Nested as in Stripe's API: `card[number]=…` is an entry of a map, `expand[]=…` and `expand[0]=…` are items of a list. A
level whose names are integers is a list, except under `metadata`, whose names are the caller's own.
Rejected although other parsers accept it: a repeated name, a name used as both map and list, bytes that are not UTF-8.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast
from urllib.parse import unquote_to_bytes

from paysandbox.core.errors import Code, Refused
from paysandbox.http.reading import parameter_name

MAX_LEVELS: Final = 7
MAX_PARAMETERS: Final = 1_000
FREE_MAPS: Final = frozenset({"metadata"})
"""Levels with names of the caller's choice, which are therefore always maps."""

_NAME: Final = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_PART: Final = re.compile(r"\[([^\[\]]*)\]")
_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,2}")
_LAST: Final = -1
_LONE_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")

Form = dict[str, Any]
"""Decoded parameters: strings, lists and nested maps, by name."""

_Step = str | int
"""One step down from a level: the name of an entry, the index of an item, or `_LAST` to append one."""


def read_form(text: str) -> Form:
    """Decode a body into a map. Raises Refused: request_invalid, or parameter_invalid with the name as sent."""
    if text.lstrip()[:1] == "{":
        raise Refused(
            Code.REQUEST_INVALID,
            "Invalid request (check that your POST content type is application/x-www-form-urlencoded): "
            "the body looks like JSON.",
        )
    pieces = [piece for piece in text.split("&", MAX_PARAMETERS + 1) if piece]
    if len(pieces) > MAX_PARAMETERS:
        raise _too_many()
    if text.isascii() and "%" not in text:  # the common case
        named = [piece.partition("=") for piece in text.replace("+", " ").split("&") if piece]
        return _nested([(name, value) for name, _, value in named])
    named = [piece.partition("=") for piece in pieces]
    return _nested([(_decoded(name), _decoded(value)) for name, _, value in named])


def read_query(several: Mapping[str, Sequence[str]]) -> Form:
    """Decode a query, whose names and values are already unquoted, into a map. Raises Refused as `read_form` does.

    A gateway passes names in any order, so the items of a list are sorted first.
    """
    pairs = [(name, value) for name in sorted(several, key=_in_order) for value in several[name]]
    if len(pairs) > MAX_PARAMETERS:
        raise _too_many()
    return _nested(pairs)


def _nested(pairs: Iterable[tuple[str, str]]) -> Form:
    form: Form = {}
    for name, value in pairs:
        if name and name not in form and "[" not in name and "]" not in name:  # the common case
            form[name] = value
        else:
            _put(form, _steps(name), value, name)
    return form


def _put(level: Any, steps: Sequence[_Step], value: str, name: str) -> None:
    step, below = steps[0], steps[1:]
    new: Any = value if not below else {} if isinstance(below[0], str) else []
    if isinstance(level, dict) and isinstance(step, str):
        entries = cast("Form", level)
        if not below and step in entries:
            raise _invalid(name, "It is repeated.")
        child = entries.setdefault(step, new)
    elif isinstance(level, list) and isinstance(step, int):
        members = cast("list[Any]", level)
        if step in (_LAST, len(members)):
            members.append(new)
        elif not below or step != len(members) - 1:
            raise _invalid(name, "Number the items of a list from 0, in order and without repeating an index.")
        child = members[-1]
    else:
        raise _invalid(name, "It is used both as a value and as a map or list.")
    if below:
        _put(child, below, value, name)


def _steps(name: str) -> list[_Step]:
    match = _NAME.fullmatch(name)
    if match is None:
        raise _invalid(name, "Write a name followed by pairs of brackets, or by none.")
    parts = [match[1], *_PART.findall(match[2])]
    if len(parts) > MAX_LEVELS:
        raise _invalid(name, f"Parameters can be nested at most {MAX_LEVELS} levels deep.")
    steps: list[_Step] = [match[1]]
    for place, part in enumerate(parts[1:], start=1):
        if FREE_MAPS.intersection(parts[:place]):
            steps.append(part)
        elif _INDEX.fullmatch(part):
            steps.append(int(part))
        elif part.isdecimal():
            raise _invalid(name, "Its index is out of range.")
        else:
            steps.append(part or _LAST)
    if "" in steps or _LAST in steps[:-1]:
        raise _invalid(name, "Empty brackets are allowed only at the end of a name, for a list.")
    return steps


def _in_order(name: str) -> list[tuple[bool, int, str]]:
    parts = re.split(r"[\[\]]+", name)
    return [(part.isdecimal(), int(part) if part.isdecimal() and len(part) <= 9 else 0, part) for part in parts]


def _decoded(text: str) -> str:
    if text.isascii() and "%" not in text:  # the common case
        return text.replace("+", " ")
    if _LONE_PERCENT.search(text):
        raise Refused(Code.REQUEST_INVALID, "The parameters contain an invalid percent-encoding.")
    try:
        return unquote_to_bytes(text.replace("+", " ")).decode()
    except ValueError:  # not UTF-8, or a lone surrogate
        raise Refused(Code.REQUEST_INVALID, "The parameters are not UTF-8.") from None


def _invalid(name: str, detail: str) -> Refused:
    named = parameter_name(name)
    return Refused(Code.PARAMETER_INVALID, f"Invalid parameter '{named}': {detail}", named)


def _too_many() -> Refused:
    return Refused(Code.REQUEST_INVALID, f"A request can have at most {MAX_PARAMETERS} parameters.")
