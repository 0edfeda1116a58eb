"""Payments: one authorization and all that follows it, as stored facts and the state that follows from them.

Amounts are minor units, times are aware UTC datetimes. What is stored are counters (for the guards) and operations;
status, releases and answers are folds over the operations and their amounts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from paysandbox.core.guard import Facts
from paysandbox.core.idempotency_record import Fingerprint
from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments.operation import (
    Authorization,
    Capture,
    Expiry,
    IntentCreated,
    IntentTerms,
    IntentUpdated,
    Operation,
    Refund,
    Settlement,
    Void,
)
from paysandbox.payments.response import Decline

MAX_CAPTURES: Final = 50
MAX_AMOUNTS: Final = 150
"""Captures, refunds and a void together, so that 100 refunds fit beside 50 captures (and an item stays < 400 KB)."""


class Status(StrEnum):
    """Where a payment stands: past participles of what happened last and matters most."""

    PENDING = "pending"
    """An intent that no bank was asked for yet."""
    DECLINED = "declined"
    APPROVED = "approved"
    PARTIALLY_CAPTURED = "partially_captured"
    CAPTURED = "captured"
    VOIDED = "voided"
    EXPIRED = "expired"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotations:
    """What a merchant notes on a payment: kept and shown, and nothing is decided by it. `metadata` is a map as JSON."""

    description: str | None = None
    reference: str | None = None
    metadata: str | None = None

    def noted(self) -> dict[str, str]:
        """What there is of it, by name: in an item as in an answer."""
        return {name: value for name in ANNOTATIONS if (value := getattr(self, name)) is not None}


ANNOTATIONS: Final = tuple(each.name for each in fields(Annotations))
NO_ANNOTATIONS: Final = Annotations()


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A payment as the table holds it.

    `authorized` is what it began with: what the bank promised, or of an intent, what was asked for first.
    `remaining` (to capture or void) is None until an attempt was approved. `refundable` is what may still be refunded
    of all captures, `captures` of each; `loose` is what was refunded by the authorization's id and is not yet taken
    off the only capture. `amounts` holds the amount of each operation, and is what makes an operation happen once.
    """

    id: str
    merchant: str
    currency: str
    authorized: int
    capture_before: datetime
    created_at: datetime
    fingerprint: Fingerprint
    operations: tuple[Operation, ...]
    version: int
    purge_at: int
    remaining: int | None = None
    refundable: int = 0
    captures: Mapping[str, int] = field(default_factory=dict[str, int])
    amounts: Mapping[str, int] = field(default_factory=dict[str, int])
    unallocated_refund: int | None = None
    due_at: datetime | None = None
    unsettled_since: datetime | None = None
    automatic: bool = False
    annotations: Annotations = NO_ANNOTATIONS

    @property
    def first(self) -> Authorization | IntentCreated:
        """What it begins with: the bank's answer, or an intent to ask it."""
        first = self.operations[0]
        if not isinstance(first, (Authorization, IntentCreated)):
            raise AssertionError(f"{self.id} begins with {first}")
        return first

    @property
    def is_intent(self) -> bool:
        """Whether it was opened before a bank was asked, so that several attempts may be made."""
        return isinstance(self.first, IntentCreated)

    @property
    def authorization(self) -> Authorization:
        """The bank's last answer: the only one, unless it is an intent. Raises AssertionError where there is none."""
        found = self.last_attempt
        if found is None:
            raise AssertionError(f"no bank was asked for {self.id}")
        return found

    @property
    def last_attempt(self) -> Authorization | None:
        """The bank's last answer, or None for an intent that no bank was asked for."""
        return next((one for one in reversed(self.operations) if isinstance(one, Authorization)), None)

    def facts(self) -> Facts:
        """The fields that guards may name."""
        return {
            "merchant": self.merchant,
            "currency": self.currency,
            "version": self.version,
            "remaining": self.remaining,
            "refundable": self.refundable,
            "captures": self.captures,
            "amounts": self.amounts,
            "loose": self.unallocated_refund,
            "capture_before": format_timestamp(self.capture_before),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureBalance:
    """A capture and what was refunded of it."""

    amount: int
    refunded: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementLine:
    """A capture (gross > 0) or refund (gross < 0) as settlement sees it: the batch it is in, if any, and its fee."""

    gross: int
    batch: str | None = None
    fee: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A payment after some of its operations, by folding them. Never stored.

    `lines` are all captures and refunds by their ids, in the order in which they were recorded. `terms` are None until
    there was an intent or a revision; `decline` is that of the last attempt.
    """

    terms: IntentTerms | None = None
    authorized: int = 0
    captured: int = 0
    released: int = 0
    refunded: int = 0
    captures: Mapping[str, CaptureBalance] = field(default_factory=dict[str, CaptureBalance])
    lines: Mapping[str, SettlementLine] = field(default_factory=dict[str, SettlementLine])
    ended: Status | None = None
    decline: Decline | None = None

    @property
    def remaining(self) -> int:
        """What may still be captured, or given back by a void."""
        return 0 if self.decline else self.authorized - self.captured - self.released

    @property
    def is_answered(self) -> bool:
        """Whether there is a promise to reckon with, if only of nothing: of what was given up."""
        return self.ended is not None or (self.authorized > 0 and self.decline is None)

    @property
    def status(self) -> Status:
        """The one word for where the payment stands."""
        if self.ended and self.captured == 0:
            return self.ended
        if self.decline:
            return Status.DECLINED
        if self.captured == 0:
            return Status.APPROVED if self.authorized else Status.PENDING
        if self.refunded:
            return Status.REFUNDED if self.refunded == self.captured else Status.PARTIALLY_REFUNDED
        return Status.PARTIALLY_CAPTURED if self.remaining else Status.CAPTURED

    def after(self, operation: Operation, amount: int) -> "State":
        """The state once `operation` moved `amount`."""
        match operation:
            case IntentCreated() | IntentUpdated():
                return replace(self, terms=operation.terms)
            case Authorization():
                return replace(self, authorized=amount, decline=operation.decline, terms=self._after_attempt(operation))
            case Capture():
                released = self.remaining - amount if operation.final else 0
                return replace(
                    self,
                    captured=self.captured + amount,
                    released=self.released + released,
                    captures={**self.captures, operation.id: CaptureBalance(amount=amount)},
                    lines={**self.lines, operation.id: SettlementLine(gross=amount)},
                )
            case Void():
                return replace(self, released=self.released + amount, ended=Status.VOIDED)
            case Expiry():
                return replace(self, released=self.released + amount, ended=Status.EXPIRED)
            case Refund():
                # By the authorization's id a refund is taken only while there is one capture: it is of that one.
                parts = operation.spread or ((operation.capture_id or next(iter(self.captures)), amount),)
                captures = dict(self.captures)
                for capture_id, part in parts:
                    taken = captures[capture_id]
                    captures[capture_id] = replace(taken, refunded=taken.refunded + part)
                return replace(
                    self,
                    refunded=self.refunded + amount,
                    captures=captures,
                    lines={**self.lines, operation.id: SettlementLine(gross=-amount)},
                )
            case Settlement():
                return replace(self, lines=self._settled(operation))
            case _:
                raise AssertionError(f"{operation} is no operation that a payment knows")

    def _after_attempt(self, attempt: Authorization) -> IntentTerms | None:
        """A card that was declined is not tried again by itself."""
        return replace(self.terms, method=None) if self.terms and attempt.decline else self.terms

    def _settled(self, operation: Settlement) -> Mapping[str, SettlementLine]:
        lines = dict(self.lines)
        for settled in operation.settled:
            line = lines[settled.id]
            if line.batch is not None:
                raise LookupError(f"{settled.id} is in batch {line.batch} already")
            lines[settled.id] = SettlementLine(gross=line.gross, batch=operation.batch, fee=settled.fee)
        return lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One operation with the amount that it moved and the state on both sides of it.

    The amount of a settlement is the sum of what it settles, refunds taken off: it may be 0 or less.
    """

    operation: Operation
    amount: int
    before: State
    after: State


def steps(payment: Payment) -> Iterator[Step]:
    """The life of a payment, operation by operation."""
    state = State()
    for operation in payment.operations:
        amount = amount_of(payment, operation, state)
        after = state.after(operation, amount)
        yield Step(operation=operation, amount=amount, before=state, after=after)
        state = after


def amount_of(payment: Payment, operation: Operation, before: State) -> int:
    """What an operation moves, or sums up. Raises KeyError where it has no amount, or settles what is not there."""
    match operation:
        case IntentCreated() | IntentUpdated():
            return operation.terms.amount
        case Authorization():
            return payment.amounts.get(operation.id, payment.authorized)
        case Settlement():
            return sum(before.lines[settled.id].gross for settled in operation.settled)
        case _:
            return payment.amounts[operation.id]


def state_of(payment: Payment) -> State:
    """The payment's state after all of its operations."""
    state = State()
    for step in steps(payment):
        state = step.after
    return state


def step_of(payment: Payment, operation_id: str) -> Step | None:
    """The step of one operation, or None where the payment has no such operation."""
    return next((step for step in steps(payment) if step.operation.id == operation_id), None)
