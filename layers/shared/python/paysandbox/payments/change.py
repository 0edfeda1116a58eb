"""A change: what is to be recorded on a payment, and the guards under which it may be. One conditional write.

It is said once and read twice: `expressions` compiles it into an update of DynamoDB, and `Change.apply` computes the
same payment here. A property test holds both readings together.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Final

from paysandbox.core.guard import Facts, Guard, Path
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.payments.operation import Operation
from paysandbox.payments.payment import Payment

_FIELDS: Final = {"loose": "unallocated_refund"}
"""The field of an attribute, where the table has an older name for it."""
_TIMES: Final = ("due_at", "unsettled_since", "capture_before")
"""Fields of a payment that are times; a change names them as the table stores them, as texts."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
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

    def fits(self, payment: Payment) -> bool:
        """Whether the payment takes it: the merchant's own, without the operation yet, and every guard holds."""
        facts = payment.facts()
        return (
            payment.merchant == self.merchant
            and self.operation.id not in payment.amounts
            and all(guard.holds(facts) for guard in self.guards)
        )

    def apply(self, payment: Payment) -> Payment:
        """The payment after this change, which must fit. `purge_at` stays: how long it is kept is the table's rule."""
        facts = _values_of(payment)
        assigned = {path: _evaluate(value, facts) for path, value in self.assign.items()}
        appended = (self.operation, *self.also)
        after: dict[str, Any] = {
            "operations": (*payment.operations, *appended),
            "version": payment.version + len(appended),
        }
        for (name, *entry), value in assigned.items():
            if entry:
                after[name] = {**after.get(name, facts[name]), entry[0]: value}
            else:
                after[name] = parse_timestamp(value) if name in _TIMES else value
        after |= {path[0]: None for path in self.remove}
        return replace(payment, **{_FIELDS.get(name, name): value for name, value in after.items()})


def _values_of(payment: Payment) -> Facts:
    """Every field by the name of its attribute, as the right sides of a change read it."""
    names = {field.name: field.name for field in fields(payment)} | {field: name for name, field in _FIELDS.items()}
    values = {name: getattr(payment, field) for field, name in names.items()}
    return values | {name: format_timestamp(at) for name in _TIMES if isinstance(at := values[name], datetime)}


def _evaluate(value: Value, facts: Facts) -> Any:
    match value:
        case Term(path, absent):
            found = _read(path, facts)
            return absent if found is None else found
        case Plus(left, right):
            return _evaluate(left, facts) + _evaluate(right, facts)
        case Minus(left, right):
            return _evaluate(left, facts) - _evaluate(right, facts)
        case _:
            return value


def _read(path: Path, facts: Facts) -> Any:
    value: Any = facts
    for name in path:
        value = value.get(name)
    return value
