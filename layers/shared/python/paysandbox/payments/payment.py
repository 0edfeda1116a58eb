"""Payments: an authorization and all later operations, as stored data and the state derived from it.

Amounts are in minor units, and times are aware UTC datetimes. Counters (for the guards) and operations are stored;
status, released amounts and responses are folds over the operations and their amounts.
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
    NotesUpdated,
    Operation,
    Refund,
    Settlement,
    Void,
)
from paysandbox.payments.response import Decline

MAX_CAPTURES: Final = 50
MAX_AMOUNTS: Final = 150
"""Captures, refunds and a void together: room for 100 refunds besides 50 captures, in an item below 400 KB."""


class Status(StrEnum):
    """The status of a payment."""

    PENDING = "pending"
    """An intent that has not been sent to the bank."""
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
    """A merchant's annotations of a payment. They are stored and returned only. `metadata` is a map as JSON."""

    description: str | None = None
    reference: str | None = None
    metadata: str | None = None

    def noted(self) -> dict[str, str]:
        """Return the annotations that are set, by name. Items and responses use the same names."""
        return {name: value for name in ANNOTATIONS if (value := getattr(self, name)) is not None}


ANNOTATIONS: Final = tuple(each.name for each in fields(Annotations))
NO_ANNOTATIONS: Final = Annotations()


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A payment as stored.

    `authorized` is the initial amount: the approved amount, or for an intent the amount first requested. `remaining`
    (to capture or void) is None until an attempt is approved. `refundable` is the amount still refundable over all
    captures, and `captures` that of each. `unallocated_refund` is the amount refunded by the authorization's ID and not
    yet subtracted from the only capture. `amounts` has the amount of each operation, and makes each happen only once.
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
        """The first operation: the authorization, or the creation of an intent."""
        first = self.operations[0]
        if not isinstance(first, (Authorization, IntentCreated)):
            raise AssertionError(f"the first operation of {self.id} is {first}")
        return first

    @property
    def is_intent(self) -> bool:
        """Whether the payment was created as an intent, so that several attempts are possible."""
        return isinstance(self.first, IntentCreated)

    @property
    def authorization(self) -> Authorization:
        """The last authorization; the only one, except for an intent. Raises AssertionError if there is none."""
        attempt = self.last_attempt
        if attempt is None:
            raise AssertionError(f"{self.id} has no authorization")
        return attempt

    @property
    def last_attempt(self) -> Authorization | None:
        """The last authorization, or None for an intent that has not been sent to the bank."""
        return next((one for one in reversed(self.operations) if isinstance(one, Authorization)), None)

    def facts(self) -> Facts:
        """Return the fields that guards may refer to."""
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
    """A capture's amount, and its refunded amount."""

    amount: int
    refunded: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementLine:
    """A capture (gross > 0) or refund (gross < 0) in settlement: its batch, if it is in one, and its fee."""

    gross: int
    batch: str | None = None
    fee: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The state of a payment after some of its operations, computed by folding them. Never stored.

    `lines` has all captures and refunds by ID, in the order in which they were recorded. `terms` is None unless an
    intent was created or the payment was updated. `decline` is that of the last attempt.
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
        """The amount that can still be captured or voided."""
        return 0 if self.decline else self.authorized - self.captured - self.released

    @property
    def is_approved_or_closed(self) -> bool:
        """Whether the payment was approved, voided or expired."""
        return self.ended is not None or (self.authorized > 0 and self.decline is None)

    @property
    def status(self) -> Status:
        """The payment's status."""
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
        """Return the state after `operation` with `amount`."""
        match operation:
            case IntentCreated() | IntentUpdated():
                return replace(self, terms=operation.terms)
            case Authorization():
                return replace(self, authorized=amount, decline=operation.decline, terms=self._after_attempt(operation))
            case Capture():
                released = self.remaining - amount if operation.final else 0
                return replace(
                    self,
                    terms=self._restated(operation.terms),
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
                # A refund by the authorization's ID is accepted only while there is a single capture, so it is of that.
                parts = operation.spread or ((operation.capture_id or next(iter(self.captures)), amount),)
                captures = dict(self.captures)
                for capture_id, part in parts:
                    balance = captures[capture_id]
                    captures[capture_id] = replace(balance, refunded=balance.refunded + part)
                return replace(
                    self,
                    refunded=self.refunded + amount,
                    captures=captures,
                    lines={**self.lines, operation.id: SettlementLine(gross=-amount)},
                )
            case Settlement():
                return replace(self, lines=self._settled(operation))
            case NotesUpdated():
                return self
            case _:
                raise AssertionError(f"{operation} is not an operation of a payment")

    def _after_attempt(self, attempt: Authorization) -> IntentTerms | None:
        """Remove the payment method after a decline, so that the card is not retried automatically."""
        terms = self._restated(attempt.terms)
        return replace(terms, method=None) if terms and attempt.decline else terms

    def _restated(self, terms: IntentTerms | None) -> IntentTerms | None:
        """Return the terms after an operation that states them anew, or None. They keep their payment method."""
        return self.terms if terms is None else replace(terms, method=self.terms.method if self.terms else None)

    def _settled(self, operation: Settlement) -> Mapping[str, SettlementLine]:
        lines = dict(self.lines)
        for settled in operation.settled:
            line = lines[settled.id]
            if line.batch is not None:
                raise LookupError(f"{settled.id} is already in batch {line.batch}")
            lines[settled.id] = SettlementLine(gross=line.gross, batch=operation.batch, fee=settled.fee)
        return lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An operation with its amount, and the state before and after it.

    The amount of a settlement is the captures minus the refunds that it settles, so it may be 0 or negative.
    """

    operation: Operation
    amount: int
    before: State
    after: State


def steps(payment: Payment) -> Iterator[Step]:
    """Yield the operations of a payment with their amounts and states, in order."""
    state = State()
    for operation in payment.operations:
        amount = amount_of(payment, operation, state)
        after = state.after(operation, amount)
        yield Step(operation=operation, amount=amount, before=state, after=after)
        state = after


def amount_of(payment: Payment, operation: Operation, before: State) -> int:
    """Return the amount of an operation; for an update that moves no money, the payment's.

    Raises KeyError if it has none, or settles a missing capture or refund.
    """
    match operation:
        case IntentCreated() | IntentUpdated():
            return operation.terms.amount
        case Authorization():
            return payment.amounts.get(operation.id, payment.authorized)
        case Settlement():
            return sum(before.lines[settled.id].gross for settled in operation.settled)
        case NotesUpdated():
            return before.authorized
        case _:
            return payment.amounts[operation.id]


def state_of(payment: Payment) -> State:
    """Return the payment's state after all of its operations."""
    state = State()
    for step in steps(payment):
        state = step.after
    return state


def step_of(payment: Payment, operation_id: str) -> Step | None:
    """Return the step of an operation, or None if the payment does not have it."""
    return next((step for step in steps(payment) if step.operation.id == operation_id), None)
