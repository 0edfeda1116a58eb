"""A change to a payment, with the guards under which it may be recorded. One conditional write.

It is evaluated in two ways: `expressions` compiles it into a DynamoDB update, and `Change.apply` computes the same
result in Python. A property test checks that both agree.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from paysandbox.core.errors import Code
from paysandbox.core.guard import Facts, Guard, Path
from paysandbox.core.record import record, replace
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.payments.payment import Operation, Payment

REMAINING: Path = ("remaining",)
REFUNDABLE: Path = ("refundable",)
CAPTURES: Path = ("captures",)
AMOUNTS: Path = ("amounts",)
UNALLOCATED_REFUND: Path = ("unallocated_refund",)
CAPTURE_BEFORE: Path = ("capture_before",)
CURRENCY: Path = ("currency",)
DUE_AT: Path = ("due_at",)
CREATED_AT: Path = ("created_at",)
UNSETTLED_SINCE: Path = ("unsettled_since",)
VERSION: Path = ("version",)
PLAN: Path = ("plan",)
DISPUTE: Path = ("dispute",)

_TIMES: Final = ("due_at", "unsettled_since", "capture_before", "open_until", "created_at")
"""Fields of a payment that are times. A change assigns them as text, as the table stores them."""


@record
class Term:
    """The value of a field at the time of the write, or `absent` if the field does not exist."""

    path: Path
    absent: int | str | None = None


@record
class Plus:
    """The sum of two counters."""

    left: Term | int
    right: Term | int


@record
class Minus:
    """The difference of two counters."""

    left: Term | int
    right: Term | int


Value = int | str | Term | Plus | Minus | Mapping[str, int]
"""A map of amounts is assigned as a whole."""


@record(kw_only=True)
class Change:
    """Appends `operation` to the merchant's payment, if the operation is not recorded yet and every guard passes.

    `assign` sets fields to new values. Values are evaluated against the payment before the write, so DynamoDB can copy
    an amount that the caller omitted. `remove` deletes fields. `also` are operations recorded together with the first.

    With `needs_current`, the rule can only decide by the stored payment: the write never applies, and the rule runs
    again with the payment that the failed write returns. That saves a read where the operation is recorded already.
    """

    payment_id: str
    merchant: str
    operation: Operation
    guards: tuple[Guard, ...]
    assign: Mapping[Path, Value]
    remove: tuple[Path, ...] = ()
    also: tuple[Operation, ...] = ()
    needs_current: bool = False

    def fits(self, payment: Payment) -> bool:
        """Whether the change applies: same merchant, operation not recorded yet, and every guard passes."""
        facts = payment.facts()
        return (
            not self.needs_current
            and payment.merchant == self.merchant
            and self.operation.id not in payment.amounts
            and all(guard.holds(facts) for guard in self.guards)
        )

    def apply(self, payment: Payment) -> Payment:
        """Return the payment after this change, which must fit. `purge_at` does not change: the store sets it."""
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
        for name, *entry in self.remove:
            after[name] = {key: value for key, value in facts[name].items() if key != entry[0]} if entry else None
        return replace(payment, **after)


def _values_of(payment: Payment) -> Facts:
    """Return every field, as the expressions of a change refer to it."""
    values = {field.name: getattr(payment, field.name) for field in fields(payment)}
    return values | {name: format_timestamp(at) for name in _TIMES if isinstance(at := values[name], datetime)}


def _evaluate(value: Value, facts: Facts) -> Any:
    match value:
        case Term(path, absent):
            stored = _read(path, facts)
            return absent if stored is None else stored
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


# --- what the rules of several kinds have in common ------------------------------------------------------------------


def same_currency(currency: str | None) -> tuple[Guard, ...]:
    """Return the guard that the payment is in this currency, if the request names one."""
    return () if currency is None else (Guard(CURRENCY, "=", currency, Code.CURRENCY_MISMATCH),)


def without_plan() -> Guard:
    """Return the guard of a rule that has not seen the payment: with a plan, it must run again."""
    return Guard(PLAN, "not_exists", None, None)


def something_remains(if_never_approved: Code | None = Code.PAYMENT_DECLINED) -> tuple[Guard, ...]:
    """Return the guards that something was approved, and that something of it is left to capture or void."""
    return (
        Guard(REMAINING, "exists", None, if_never_approved),
        Guard(REMAINING, ">", 0, Code.ALREADY_CAPTURED),
    )


def unsettled(now: datetime) -> dict[Path, Value]:
    """Return what makes a payment due for settlement, unless it already is. With a hold, it has a due time already."""
    since = Term(UNSETTLED_SINCE, absent=format_timestamp(now))
    return {DUE_AT: Term(CREATED_AT), UNSETTLED_SINCE: since}
