"""A ledger in memory that takes changes as the table does: guards, right sides and the version, in plain Python.

For properties over thousands of writes, where a table of moto's would take minutes. A test holds the two together.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from paysandbox.domain.change import Change, Minus, Plus, Term, Value
from paysandbox.domain.decisions import Verdict, judge
from paysandbox.domain.guard import Path
from paysandbox.domain.instant import from_text, to_text
from paysandbox.domain.payment import Payment

_INSTANTS = ("due_at", "unsettled_since", "capture_before")


@dataclass
class MemoryLedger:
    """Payments by id."""

    payments: dict[str, Payment] = field(default_factory=dict[str, Payment])

    def put(self, payment: Payment) -> None:
        """Record a new payment."""
        self.payments.setdefault(payment.id, payment)

    def change(self, payment_id: str, decide: Callable[[Payment | None], Change]) -> Payment:
        """As `table.payments.change_payment`."""
        met: Payment | None = None
        for _ in range(4):
            change, held = decide(met), self.payments[payment_id]
            fits = change.operation.id not in held.amounts
            if fits and held.merchant == change.merchant and all(guard.holds(_facts(held)) for guard in change.guards):
                self.payments[payment_id] = changed(held, change)
                return self.payments[payment_id]
            met = held
            if judge(change, met) is Verdict.REPLAY:
                return met
        raise AssertionError("others are working on it, and there are no others")

    def due(self) -> Iterator[Payment]:
        """Payments that the index of due ones would hold."""
        return (payment for payment in list(self.payments.values()) if payment.due_at is not None)


def changed(payment: Payment, change: Change) -> Payment:
    """The payment after a change that fits."""
    facts = _facts(payment)
    # The right sides read the payment as it was.
    written = {path: _value(value, facts) for path, value in change.assign.items()}
    appended = (change.operation, *change.also)
    fields: dict[str, Any] = {
        "operations": (*payment.operations, *appended),
        "version": payment.version + len(appended),
    }
    for (name, *entry), value in written.items():
        if entry:
            fields[name] = {**fields.get(name, getattr(payment, name)), entry[0]: value}
        else:
            fields[name] = from_text(value) if name in _INSTANTS else value
    return replace(payment, **fields, **{path[0]: None for path in change.remove})


def _facts(payment: Payment) -> Mapping[str, Any]:
    instants = {name: getattr(payment, name) for name in _INSTANTS}
    return {**payment.facts(), **{name: to_text(at) if at else None for name, at in instants.items()}}


def _value(value: Value, facts: Mapping[str, Any]) -> Any:
    match value:
        case Term(path, absent):
            held = _read(path, facts)
            return absent if held is None else held
        case Plus(left, right):
            return _value(left, facts) + _value(right, facts)
        case Minus(left, right):
            return _value(left, facts) - _value(right, facts)
        case _:
            return value


def _read(path: Path, facts: Mapping[str, Any]) -> Any:
    held: Any = facts
    for name in path:
        held = held.get(name)
    return held
