"""`expand[]`: which IDs of an object are replaced by the object itself.

Paths are relative to the object (`latest_charge.payment_intent`), in a list to the list (`data.latest_charge`). A
write checks them first, since an invalid path must be rejected before anything is recorded.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from paysandbox.core.errors import Code, Refused

MAX_LEVELS: Final = 4

Expansion = Mapping[str, Any]
"""The properties to expand, nested: `{"latest_charge": {"payment_intent": {}}}`."""

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
    """Return the tree of these paths for an object of that kind (Stripe's name: `payment_intent`).

    Refuses (parameter_invalid): a path that the object does not have, or that can be expanded at Stripe but not here.
    """
    tree: dict[str, Any] = {}
    for path in paths:
        names = path.split(".")
        # `data` does not count as a level of its own.
        if sum(name != _LIST for name in names) > MAX_LEVELS:
            raise _not_here(f"Expansion is limited to {MAX_LEVELS} levels.")
        branch, of = tree, kind
        for name in names:
            within = _EXPANDABLE[of].get(name)
            if within is None:
                raise _not_here(f"{of} has no property of this name that can be expanded here.")
            branch, of = branch.setdefault(name, {}), within
    return tree


def check_expand(kind: str, paths: Collection[str]) -> None:
    """Refuse what `expansion` refuses, before a write records anything."""
    expansion(kind, paths)


def expand_of_list(paths: Collection[str]) -> tuple[str, ...]:
    """Convert the paths of a list into paths of each of its objects. Refuses one that does not begin with `data.`."""
    prefix = f"{_LIST}."
    if any(not path.startswith(prefix) for path in paths):
        raise _not_here("In a list, write a property to expand as data.<property>.")
    return tuple(path.removeprefix(prefix) for path in paths)


def _not_here(detail: str) -> Refused:
    return Refused(Code.PARAMETER_INVALID, detail, "expand")
