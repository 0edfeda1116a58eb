"""`@record`: immutable data, with methods that all records share.

`@dataclass(frozen=True, slots=True)` writes and compiles the source of seven methods for each class, which takes 0.4 to
1.5 ms of CPU time. A payment function loads 80 such classes before its first request. A record is a dataclass too
(`fields`, `asdict` and `match` work), but its methods are written once, here. What changes or has an order is a
dataclass.

A record keeps its values in its `__dict__`, which takes one assignment: of slots, each would take one, and a warm
authorization makes 27 records.
"""

from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from functools import partial
from typing import Any, Final, TypeVar, dataclass_transform, get_origin, overload

_Class = TypeVar("_Class", bound=type)
_Record = TypeVar("_Record", bound=Any)

_set: Final = object.__setattr__


@overload
def record(cls: _Class, /) -> _Class:
    """Make a class a record."""


@overload
def record(*, kw_only: bool = False) -> Callable[[_Class], _Class]:
    """Make a class a record whose fields are given by their names."""


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: Any = None, /, *, kw_only: bool = False) -> Any:
    """Make a class a record: frozen, compared, hashed and shown by its fields.

    With `kw_only`, its fields are given by their names.
    """
    return partial(_made, kw_only=kw_only) if cls is None else _made(cls, kw_only=kw_only)


def replace(instance: _Record, /, **changes: Any) -> _Record:
    """Return a record with other values of some fields, as `dataclasses.replace` does, in a quarter of its time."""
    values = vars(instance) | changes
    if values.keys() != instance.__record__.names:
        raise TypeError(f"{type(instance).__name__} has no such field: {', '.join(changes)}")
    changed = object.__new__(type(instance))
    _set(changed, "__dict__", values)
    return changed


class _Fields:
    """What the methods of a record class read of its fields."""

    def __init__(self, cls: Any) -> None:
        own = fields(cls)
        self.names = dict.fromkeys(each.name for each in own).keys()
        self.ordered = tuple(each.name for each in own if not each.kw_only)
        self.defaults = {each.name: each.default for each in own if each.default is not MISSING}
        self.factories = [
            (each.name, get_origin(each.default_factory) or each.default_factory)  # dict[str, str] is slower than dict
            for each in own
            if each.default_factory is not MISSING
        ]
        self.hashed = tuple(each.name for each in own if each.hash is not False)
        self.shown = tuple(each.name for each in own if each.repr)


def _made(cls: Any, *, kw_only: bool) -> Any:
    made: Any = dataclass(init=False, repr=False, eq=False, kw_only=kw_only)(cls)
    made.__record__ = _Fields(made)
    for name, method in _METHODS.items():
        if name not in vars(cls):
            setattr(made, name, method)
    return made


def _init(self: Any, /, *ordered: Any, **named: Any) -> None:
    own: _Fields = self.__record__
    values: dict[str, Any] = own.defaults | named
    if ordered:
        if len(ordered) > len(own.ordered) or not named.keys().isdisjoint(own.ordered[: len(ordered)]):
            raise TypeError(f"{type(self).__name__} takes by position: {', '.join(own.ordered)}, each once")
        values.update(zip(own.ordered, ordered, strict=False))
    for name, factory in own.factories:
        if name not in values:
            values[name] = factory()
    if values.keys() != own.names:
        raise TypeError(f"{type(self).__name__} has the fields {', '.join(own.names)}; given: {', '.join(values)}")
    _set(self, "__dict__", values)


def _setattr(self: Any, name: str, value: object) -> None:  # noqa: ARG001 - Python's signature
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _delattr(self: Any, name: str) -> None:  # noqa: ARG001 - Python's signature
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _eq(self: Any, other: object) -> bool:
    if type(self) is not type(other):
        return NotImplemented
    return vars(self) == vars(other)


def _hash(self: Any) -> int:
    return hash(tuple(getattr(self, name) for name in self.__record__.hashed))


def _repr(self: Any) -> str:
    shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__record__.shown)
    return f"{type(self).__qualname__}({shown})"


_METHODS: Final[dict[str, Any]] = {
    "__init__": _init,
    "__setattr__": _setattr,
    "__delattr__": _delattr,
    "__eq__": _eq,
    "__hash__": _hash,
    "__repr__": _repr,
}
