"""Form-encoded bodies and queries (application/x-www-form-urlencoded) to maps and lists of texts.

Nested as Stripe nests: `card[number]=…` is an entry of a map, `expand[]=…` and `expand[0]=…` are members of a list. A
level whose names are whole numbers is a list, but under `metadata`, whose names are the caller's own.
Refused although others would read it: a name twice, a name with two meanings, bytes that are not UTF-8.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast
from urllib.parse import unquote_to_bytes

from paysandbox.core.errors import Code, Refused
from paysandbox.http.reading import parameter_name

MAX_LEVELS: Final = 5
MAX_PARAMETERS: Final = 500
FREE_MAPS: Final = frozenset({"metadata"})
"""Levels whose names a caller makes up, and that are therefore maps whatever the names are."""

_NAME: Final = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_PART: Final = re.compile(r"\[([^\[\]]*)\]")
_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,2}")
_LAST: Final = -1
_LONE_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")

Form = dict[str, Any]
"""What was sent: texts, lists and further maps, by name."""

_Step = str | int
"""From a level to what is below: an entry's name, a member's place, or `_LAST` for behind the last one."""


def read_form(text: str) -> Form:
    """The body `text` as a map. Raises Refused: request_invalid, or parameter_invalid with the name as it was sent."""
    if text.lstrip()[:1] == "{":
        raise Refused(
            Code.REQUEST_INVALID,
            "Invalid request (check that your POST content type is application/x-www-form-urlencoded): "
            "the body looks like JSON.",
        )
    pieces = [piece for piece in text.split("&", MAX_PARAMETERS + 1) if piece]
    if len(pieces) > MAX_PARAMETERS:
        raise _too_many()
    return _nested((_decoded(name), _decoded(value)) for name, _, value in (piece.partition("=") for piece in pieces))


def read_query(several: Mapping[str, Sequence[str]]) -> Form:
    """The query's values by their names, both decoded already, as a map. Raises Refused as `read_form` does.

    A gateway hands names over in any order, so the members of a list are put in order first.
    """
    pairs = [(name, value) for name in sorted(several, key=_in_order) for value in several[name]]
    if len(pairs) > MAX_PARAMETERS:
        raise _too_many()
    return _nested(pairs)


def _nested(pairs: Iterable[tuple[str, str]]) -> Form:
    form: Form = {}
    for name, value in pairs:
        _put(form, _steps(name), value, name)
    return form


def _put(level: Any, steps: Sequence[_Step], value: str, name: str) -> None:
    step, below = steps[0], steps[1:]
    new: Any = value if not below else {} if isinstance(below[0], str) else []
    if isinstance(level, dict) and isinstance(step, str):
        entries = cast("Form", level)
        if not below and step in entries:
            raise _invalid(name, "This parameter is repeated.")
        held = entries.setdefault(step, new)
    elif isinstance(level, list) and isinstance(step, int):
        members = cast("list[Any]", level)
        if step in (_LAST, len(members)):
            members.append(new)
        elif not below or step != len(members) - 1:
            raise _invalid(name, "Members of a list are numbered from 0, in their order and once each.")
        held = members[-1]
    else:
        raise _invalid(name, "This name is used with two meanings.")
    if below:
        _put(held, below, value, name)


def _steps(name: str) -> list[_Step]:
    if name and "[" not in name and "]" not in name:
        return [name]
    found = _NAME.fullmatch(name)
    if found is None:
        raise _invalid(name, "A name is followed by pairs of brackets, or by none.")
    parts = [found[1], *_PART.findall(found[2])]
    if len(parts) > MAX_LEVELS:
        raise _invalid(name, f"Parameters are nested at most {MAX_LEVELS} levels deep.")
    steps: list[_Step] = [found[1]]
    for place, part in enumerate(parts[1:], start=1):
        if FREE_MAPS.intersection(parts[:place]):
            steps.append(part)
        elif _INDEX.fullmatch(part):
            steps.append(int(part))
        elif part.isdecimal():
            raise _invalid(name, "No list has a member of that number.")
        else:
            steps.append(part or _LAST)
    if "" in steps or _LAST in steps[:-1]:
        raise _invalid(name, "Empty brackets stand at the end, and for a list.")
    return steps


def _in_order(name: str) -> list[tuple[bool, int, str]]:
    parts = re.split(r"[\[\]]+", name)
    return [(part.isdecimal(), int(part) if part.isdecimal() and len(part) <= 9 else 0, part) for part in parts]


def _decoded(text: str) -> str:
    if text.isascii() and "%" not in text:  # as nearly every name and most values are
        return text.replace("+", " ")
    if _LONE_PERCENT.search(text):
        raise Refused(Code.REQUEST_INVALID, "The parameters contain an invalid percent-encoding.")
    try:
        return unquote_to_bytes(text.replace("+", " ")).decode()
    except ValueError:  # not of UTF-8, or a lone surrogate
        raise Refused(Code.REQUEST_INVALID, "The parameters are not UTF-8.") from None


def _invalid(name: str, detail: str) -> Refused:
    return Refused(Code.PARAMETER_INVALID, detail, parameter_name(name))


def _too_many() -> Refused:
    return Refused(Code.REQUEST_INVALID, f"A request may have {MAX_PARAMETERS} parameters.")
