"""A change: what is to be recorded on a payment, and the guards under which it may be. One conditional write."""

from collections.abc import Mapping
from dataclasses import dataclass

from paysandbox.domain.guard import Guard, Path
from paysandbox.domain.operation import Operation


@dataclass(frozen=True, slots=True)
class Term:
    """The value of a field at the moment of the write; `absent` stands in where the field does not exist yet."""

    path: Path
    absent: int | str | None = None


@dataclass(frozen=True, slots=True)
class Plus:
    """A sum of two counters."""

    left: Term | int
    right: Term | int


@dataclass(frozen=True, slots=True)
class Minus:
    """A difference of two counters."""

    left: Term | int
    right: Term | int


Value = int | str | Term | Plus | Minus


@dataclass(frozen=True, slots=True)
class Change:
    """Appends `operation` to the payment, if it is this merchant's, lacks the operation, and every guard holds.

    `assign` gives fields their new values (right sides read the payment as it was, so an amount that the caller left
    open is copied by the table); `remove` drops fields. `also` are operations that follow at once from the first.
    """

    payment_id: str
    merchant: str
    operation: Operation
    guards: tuple[Guard, ...]
    assign: Mapping[Path, Value]
    remove: tuple[Path, ...] = ()
    also: tuple[Operation, ...] = ()
