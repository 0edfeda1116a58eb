"""`expand[]`: which ids of an object are answered with the object that they name.

Paths are relative to the object (`latest_charge.payment_intent`), in a list to the list (`data.latest_charge`). Whoever
writes looks at them first: a path that nothing has must be refused before anything is recorded.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from paysandbox.core.errors import Code, Refused

MAX_LEVELS: Final = 4

Expansion = Mapping[str, Any]
"""What to expand, and within it what: `{"latest_charge": {"payment_intent": {}}}`."""

_LIST: Final = "data"
_EXPANDABLE: Final[Mapping[str, Mapping[str, str]]] = {
    "payment_intent": {"latest_charge": "charge", "payment_method": "payment_method"},
    "charge": {"payment_intent": "payment_intent", "refunds": "refunds"},
    "refund": {"charge": "charge", "payment_intent": "payment_intent"},
    "refunds": {_LIST: "refund"},
    "payment_method": {},
    "event": {},
    "webhook_endpoint": {},
}


def expansion(kind: str, paths: Collection[str]) -> Expansion:
    """What these paths ask for of an object of that kind (Stripe's name: `payment_intent`).

    Refuses (parameter_invalid): a path that the object has not, or that can be expanded at Stripe and not here.
    """
    tree: dict[str, Any] = {}
    for path in paths:
        names = path.split(".")
        # What is within `data` is at its list's level.
        if sum(name != _LIST for name in names) > MAX_LEVELS:
            raise _not_here(f"Nothing is expanded more than {MAX_LEVELS} levels deep.")
        branch, of = tree, kind
        for name in names:
            within = _EXPANDABLE[of].get(name)
            if within is None:
                raise _not_here(f"A {of} has no such property that can be expanded here.")
            branch, of = branch.setdefault(name, {}), within
    return tree


def may_expand(kind: str, paths: Collection[str]) -> None:
    """Refuses what `expansion` refuses: for whoever writes, before anything is recorded."""
    expansion(kind, paths)


def expand_of_list(paths: Collection[str]) -> tuple[str, ...]:
    """The paths of a list as those of each object in it. Refuses one that does not begin with `data.`."""
    prefix = f"{_LIST}."
    if any(not path.startswith(prefix) for path in paths):
        raise _not_here("In a list, what is to be expanded is written data.<property>.")
    return tuple(path.removeprefix(prefix) for path in paths)


def _not_here(detail: str) -> Refused:
    return Refused(Code.PARAMETER_INVALID, detail, "expand")
