"""Payments: an authorization and all later operations, as stored data and the state derived from it.

Operations are an ordered, append-only list, from which events are derived. What each kind of them is and does is in a
file of its own (`operations/`). Amounts are in minor units, and times are aware UTC datetimes. Counters (for the
guards) and operations are stored; status, released amounts and responses are folds over the operations and their
amounts.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import field, fields
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Final

from paysandbox.core.event_type import EventType
from paysandbox.core.guard import Facts
from paysandbox.core.idempotency_record import Fingerprint
from paysandbox.core.record import record, replace
from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments.accounts import Move
from paysandbox.payments.bank.authentication_result import AuthenticationResult
from paysandbox.payments.bank.card import Card
from paysandbox.payments.bank.response import Decline, Response
from paysandbox.payments.refund_status import RefundStatus
from paysandbox.payments.stored import NUMBER, TIME, inline, record_of, records_of, usually
from paysandbox.payments.terms import IntentTerms

if TYPE_CHECKING:
    from paysandbox.payments.disputes.dispute import Dispute

CONTRACT: Final = 1
"""Version of the response format. Each operation stores its own, so that replays stay byte-identical after a change."""

BY_TIMER: Final = "timer"
"""Stands in for the request ID of an operation that a timer made."""

SIMULATED: Final = "simulated"
"""The source of an operation that a caller simulated, instead of a bank or a timer."""


MAX_CAPTURES: Final = 50
MAX_INCREMENTS: Final = 10
"""Attempts to raise the amount of an authorization, declined ones included (Stripe, "Increment an authorization")."""
MAX_AMOUNTS: Final = 150
"""Captures, refunds and a void together: room for 100 refunds besides 50 captures, in an item below 400 KB."""
DISPUTE_ROOM: Final = 4
"""A dispute with all its steps takes the room of this many refunds, so that ten of them fit into the same item."""


class Status(StrEnum):
    """The status of a payment."""

    PENDING = "pending"
    """An intent that has not been sent to the bank."""
    REQUIRES_ACTION = "requires_action"
    """The cardholder must be authenticated (3-D Secure)."""
    PROCESSING = "processing"
    """The bank has not answered yet."""
    DECLINED = "declined"
    APPROVED = "approved"
    PARTIALLY_CAPTURED = "partially_captured"
    CAPTURED = "captured"
    VOIDED = "voided"
    EXPIRED = "expired"
    REVERSED = "reversed"
    """The card's bank released the whole amount."""
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"


@record(kw_only=True)
class Annotations:
    """A merchant's annotations of a payment. They are stored and returned only. `metadata` is a map as JSON.

    A new one is declared here and, with what it may contain, in the body (`authorization_body.AuthorizePayment`). Items
    and the shapes of answers follow.
    """

    description: str | None = None
    reference: str | None = None
    metadata: str | None = None

    def noted(self) -> dict[str, str]:
        """Return the annotations that are set, by name. Items and responses use the same names."""
        return {name: value for name in ANNOTATIONS if (value := getattr(self, name)) is not None}


ANNOTATIONS: Final = tuple(each.name for each in fields(Annotations))
NO_ANNOTATIONS: Final = Annotations()

INTENT: Final = "open"
"""The kind of a payment's first operation, if it was created as an intent (`operations/intent_created.py`)."""

SEPARATE_TRANSFER: Final = "transfer"
"""The kind of an operation that transfers a part of what was captured, apart from captures (`connect/transferred.py`).
"""

INQUIRY: Final = "inquiry"
CHARGEBACK: Final = "chargeback"
ENDED: Final = "ended"
"""What a payment stores of its disputes. During a chargeback, the payment cannot be refunded."""

NOT_AUTHENTICATED: Final = Decline(decline_code="authentication_failed", advice_code="confirm_card_data")
"""The decline of an attempt whose cardholder was not authenticated. No authorization is sent to the bank."""


@record(kw_only=True)
class Timer:
    """A step that falls due at `at` (UTC): an action of the simulation table (`payments/simulation/simulation.py`).

    `of` is the ID of the object that it happens to (None: the operation that starts the timer), and `value` the
    action's parameter, such as a decline code.
    """

    step: str
    at: datetime = field(metadata=TIME)
    of: str | None = None
    value: str | None = None


@record(kw_only=True)
class Operation(ABC):
    """What all operations have: ID, ID of the request, time (UTC), contract version.

    `trace` names the traces of the request that made it (`aws/trace_context.py`): X-Ray's in environments with
    `tracing=full`, and the caller's if it sent a `traceparent`. Most have none.
    `idempotency_key` is the caller's, masked. Only the Stripe-compatible API stores it, whose events show it.
    `source` is SIMULATED or None. `timers` are the steps that fall due because of it, at most one of each name.

    Each kind says what it is stored as (`kind`), its type in the list of a payment's operations (`type_name`), and its
    event.
    """

    kind: ClassVar[str]
    type_name: ClassVar[str]
    event: ClassVar[EventType]
    is_traced: ClassVar[bool] = True
    """Whether a request may make it. Others take no space for a trace: they are never refused for lack of space."""

    id: str
    request_id: str
    at: datetime = field(metadata=TIME)
    contract: int = field(metadata=usually(1))  # the first one, also when CONTRACT is another
    trace: str | None = None
    idempotency_key: str | None = None
    source: str | None = None
    timers: tuple[Timer, ...] = field(default=(), metadata=records_of(Timer))

    @abstractmethod
    def after(self, state: "State", amount: int) -> "State":
        """Return the state after this operation with its amount. Raises LookupError if it cannot follow."""

    def amount_in(self, payment: "Payment", before: "State") -> int:
        """Return the amount of this operation; for one that moves no money, that of the object that it is about.

        Raises KeyError if it has none, or is about a missing capture or refund.
        """
        return payment.amounts[self.id]

    def moves(self, step: "Step", merchant: str) -> tuple[Move, ...]:
        """Return what this operation moves between accounts. Amounts may be 0."""
        return ()

    def event_type(self, after: "State") -> EventType:
        """Return the type of the event."""
        return self.event

    def own_facts(self, after: "State") -> "Body":
        """Render what this operation has of its own, in the list of a payment's operations."""
        return {}

    def view(self, payment: "Payment", step: "Step") -> "Body":
        """Render the response to the request that made this operation."""
        return step.completed(payment) | self.own_facts(step.after)


Body = dict[str, Any]
"""A part of an answer."""


@record(kw_only=True)
class Attempt(Operation):
    """An attempt to authorize, answered by the bank or not.

    The first operation of a payment has the payment's ID; other attempts have their own.

    `method_id` is the ID of the payment method, if the card was created as one, and `billing_details` what it had as
    such then, in JSON. `allow_redisplay` is whether it may be shown to its payer again, as it was sent. `terms` are the
    intent's terms without the method, if the confirmation changed any.
    """

    card: Card = field(metadata=record_of(Card))
    response: Response = field(metadata=inline(Response))
    method_id: str | None = None
    billing_details: str | None = None
    allow_redisplay: str | None = None
    terms: IntentTerms | None = field(default=None, metadata=record_of(IntentTerms))


@record(kw_only=True)
class AuthorizationBegun(Attempt):
    """An attempt that the bank has not answered yet, with what the simulated bank will answer.

    The answer is decided when the attempt begins, because it depends on the card's number, which is never stored.
    `amount` is the requested amount and `approved` the amount that the bank will approve (minor units).
    """

    status: ClassVar[Status]
    """The payment's until it is answered."""

    amount: int = field(metadata=NUMBER)
    approved: int = field(metadata=NUMBER)

    def after(self, state: "State", amount: int) -> "State":
        """It waits. An earlier authentication is used up."""
        return replace(state, attempt=self, authenticated=None, terms=state.restated(self.terms))

    def amount_in(self, payment: "Payment", before: "State") -> int:
        """Return what is requested."""
        return self.amount


@record(kw_only=True)
class Payment:
    """A payment as stored.

    `authorized` is the initial amount: the approved amount, or for an intent the amount first requested. `remaining`
    (to capture or void) is None until an attempt is approved. `refundable` is the amount still refundable over all
    captures, and `captures` that of each. `unallocated_refund` is the amount refunded by the authorization's ID and not
    yet subtracted from the only capture. `amounts` has the amount of each operation, and makes each happen only once.
    `pending_refunds` has the amount of each refund that has not ended (None: there was never one). `open_until` is when
    the last timer of its operations falls due. `plan` is what the simulated bank and network do after its approval (see
    `plan`). `dispute` is `inquiry` or `chargeback` while a dispute is open, and `ended` later (None: there was none).
    `presented_until`: a settlement batch may have taken what was presented to the network by then, although the
    payment's lines do not say so yet.
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
    pending_refunds: Mapping[str, int] | None = None
    open_until: datetime | None = None
    plan: str | None = None
    dispute: str | None = None
    presented_until: datetime | None = None

    @property
    def is_intent(self) -> bool:
        """Whether the payment was created as an intent, so that several attempts are possible."""
        return self.operations[0].kind == INTENT

    @property
    def is_charge(self) -> bool:
        """Whether the payment was created as a charge, which belongs to no intent: its one attempt has terms."""
        first = self.operations[0]
        return isinstance(first, Attempt) and first.terms is not None

    @property
    def last_card(self) -> Card | None:
        """The card of the last attempt, answered or not; None for an intent that was never attempted."""
        for operation in reversed(self.operations):
            if isinstance(operation, Attempt):
                return operation.card
        return None

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
            "unallocated_refund": self.unallocated_refund,
            "capture_before": format_timestamp(self.capture_before),
            "pending_refunds": self.pending_refunds,
            "open_until": self.open_until and format_timestamp(self.open_until),
            "plan": self.plan,
            "dispute": self.dispute,
            "presented_until": self.presented_until and format_timestamp(self.presented_until),
        }


@record(kw_only=True)
class CaptureBalance:
    """A capture's amount, the amounts of its refunds that have succeeded and that are pending, and what is disputed.

    `disputed` is what disputes have taken and not returned.
    """

    amount: int
    refunded: int = 0
    pending: int = 0
    disputed: int = 0

    @property
    def refundable(self) -> int:
        """The amount that can still be refunded."""
        return self.amount - self.refunded - self.pending - self.disputed


@record(kw_only=True)
class RefundBalance:
    """A refund's amount, status, reason of failure, and its part of each capture that it refunds."""

    amount: int
    status: RefundStatus
    parts: tuple[tuple[str, int], ...]
    failure: str | None = None


class LineKind(StrEnum):
    """The kind of a settlement line."""

    CAPTURE = "capture"
    REFUND = "refund"
    REFUND_REVERSAL = "refund_reversal"
    """A refund that failed after it had succeeded: the merchant gets its amount back."""
    CHARGEBACK = "chargeback"
    CHARGEBACK_REVERSAL = "chargeback_reversal"
    """A dispute that the merchant won: the merchant gets its amount back."""
    DISPUTE_FEE = "dispute_fee"
    DISPUTE_FEE_REVERSAL = "dispute_fee_reversal"
    TRANSFER = "transfer"
    """What of a capture goes from a platform to a connected account."""
    TRANSFER_REVERSAL = "transfer_reversal"
    APPLICATION_FEE = "application_fee"
    """What a platform takes of a connected account's capture."""
    APPLICATION_FEE_REFUND = "application_fee_refund"


SHARED_KINDS: Final = (
    LineKind.TRANSFER,
    LineKind.TRANSFER_REVERSAL,
    LineKind.APPLICATION_FEE,
    LineKind.APPLICATION_FEE_REFUND,
)
"""Lines between two merchants (`payments/shares.py`). The card network has no part in them."""

FEE_KINDS: Final = (LineKind.DISPUTE_FEE, LineKind.DISPUTE_FEE_REVERSAL)
"""Lines between the merchant and the processor. The card network has no part in them."""


@record(kw_only=True)
class SettlementLine:
    """A line in settlement: its batch, if it is in one, and its fee. `gross` is negative for a refund, a
    chargeback and its fee.

    `at` is when it came about, and `presented_at` when the network gets it, if that is later. Of a line between two
    merchants, `merchant` is whose it is (None: the payment's), `other` is the merchant that the payment is shared with,
    and `shared_by` the operation that shares it: a capture, or a transfer by itself.
    """

    kind: LineKind
    gross: int
    at: datetime
    presented_at: datetime | None = None
    batch: str | None = None
    fee: int = 0
    merchant: str | None = None
    other: str | None = None
    shared_by: str | None = None


@record(kw_only=True)
class Share:
    """What an operation shares with another merchant, and what was returned of it (minor units).

    A capture shares `transfer` and `fee` as the terms stated them; `is_direct`: the other one is the platform, and gets
    the fee. `reversing` and `refunding` are the refunded amounts of the capture that were to return their part. A
    transfer by itself (`is_separate`) is of all captures.
    """

    other: str
    is_direct: bool
    transfer: int
    fee: int
    is_separate: bool = False
    reversed: int = 0
    fee_refunded: int = 0
    reversing: int = 0
    refunding: int = 0

    @property
    def transfer_left(self) -> int:
        """Return how much of the transfer can still be reversed."""
        return self.transfer - self.reversed

    @property
    def fee_left(self) -> int:
        """Return how much of the fee can still be refunded."""
        return self.fee - self.fee_refunded


@record(kw_only=True)
class AuthenticatedAttempt:
    """An attempt whose cardholder was authenticated, and that waits for the merchant to confirm the intent again."""

    challenge: AuthorizationBegun
    result: AuthenticationResult


@record(kw_only=True)
class State:
    """The state of a payment after some of its operations, computed by folding them. Never stored.

    `lines` has the settlement lines by ID, in the order in which they came about: captures, refunds that succeeded,
    those that failed afterwards, and what disputes took and returned. `terms` is None unless an intent was created or
    the payment was updated. `attempt` is the attempt that has no answer yet, and `decline` is that of the last attempt.
    `authenticated` is the attempt that the merchant has to confirm again.
    `refunded` does not contain `refund_pending`. `shares` has what each capture, and each transfer by
    itself, shares with another merchant.
    """

    terms: IntentTerms | None = None
    authorized: int = 0
    captured: int = 0
    released: int = 0
    refunded: int = 0
    refund_pending: int = 0
    captures: Mapping[str, CaptureBalance] = field(default_factory=dict[str, CaptureBalance])
    refunds: Mapping[str, RefundBalance] = field(default_factory=dict[str, RefundBalance])
    lines: Mapping[str, SettlementLine] = field(default_factory=dict[str, SettlementLine])
    disputes: "Mapping[str, Dispute]" = field(default_factory=dict[str, "Dispute"])
    shares: Mapping[str, Share] = field(default_factory=dict[str, Share])
    ended: Status | None = None
    attempt: AuthorizationBegun | None = None
    authenticated: AuthenticatedAttempt | None = None
    decline: Decline | None = None

    @property
    def remaining(self) -> int:
        """The amount that can still be captured or voided."""
        return 0 if self.decline else self.authorized - self.captured - self.released

    @property
    def disputed(self) -> int:
        """The amount that disputes have taken and not returned."""
        return sum(dispute.taken for dispute in self.disputes.values())

    @property
    def dispute_fees(self) -> int:
        """The fees of disputes that were charged and not returned."""
        return sum(dispute.fee_charged for dispute in self.disputes.values())

    @property
    def is_approved_or_closed(self) -> bool:
        """Whether the payment was approved, voided or expired."""
        return self.ended is not None or (self.authorized > 0 and self.decline is None)

    @property
    def status(self) -> Status:
        """The payment's status."""
        if self.ended and self.captured == 0:
            return self.ended
        if self.attempt:
            return self.attempt.status
        if self.decline:
            return Status.DECLINED
        if self.captured == 0:
            return Status.APPROVED if self.authorized else Status.PENDING
        if self.refunded:
            return Status.REFUNDED if self.refunded == self.captured else Status.PARTIALLY_REFUNDED
        return Status.PARTIALLY_CAPTURED if self.remaining else Status.CAPTURED

    def restated(self, terms: IntentTerms | None) -> IntentTerms | None:
        """Return the terms after an operation that states them anew, or None. They keep their payment method."""
        return self.terms if terms is None else replace(terms, method=self.terms.method if self.terms else None)

    def terms_after_attempt(self, stated: IntentTerms | None, decline: Decline | None) -> IntentTerms | None:
        """Remove the payment method after a decline, so that the card is not retried automatically."""
        terms = self.restated(stated)
        return replace(terms, method=None) if terms and decline else terms

    def with_line(self, line_id: str, kind: LineKind, gross: int, at: datetime) -> "State":
        """Return the state with another settlement line."""
        return replace(self, lines={**self.lines, line_id: SettlementLine(kind=kind, gross=gross, at=at)})

    def with_refund_moved(self, refund: RefundBalance, *, pending: int = 0, refunded: int = 0) -> "State":
        """Return the state with a refund's parts added to (1) or taken from (-1) the pending or refunded amounts."""
        captures = dict(self.captures)
        for capture_id, part in refund.parts:
            balance = captures[capture_id]
            captures[capture_id] = replace(
                balance, pending=balance.pending + pending * part, refunded=balance.refunded + refunded * part
            )
        return replace(
            self,
            refund_pending=self.refund_pending + pending * refund.amount,
            refunded=self.refunded + refunded * refund.amount,
            captures=captures,
        )


@record(kw_only=True)
class Step:
    """An operation with its amount, and the state before and after it.

    The amount of a settlement is the captures minus the refunds that it settles, so it may be 0 or negative.
    """

    operation: Operation
    amount: int
    before: State
    after: State

    @property
    def shares(self) -> bool:
        """Whether it changed what the payment shares with another merchant."""
        return self.before.shares is not self.after.shares

    @property
    def released(self) -> int:
        """What it released of the hold."""
        return self.after.released - self.before.released

    def completed(self, payment: Payment) -> Body:
        """Render what the responses to the requests that made an operation have in common."""
        return {
            "status": "completed",
            "transaction_id": self.operation.id,
            "auth_id": payment.id,
            "amount": self.amount,
            "currency": payment.currency,
            "created_at": format_timestamp(self.operation.at),
        }


def steps(payment: Payment) -> Iterator[Step]:
    """Yield the operations of a payment with their amounts and states, in order."""
    state = State()
    for operation in payment.operations:
        amount = operation.amount_in(payment, state)
        after = operation.after(state, amount)
        yield Step(operation=operation, amount=amount, before=state, after=after)
        state = after


def state_of(payment: Payment) -> State:
    """Return the payment's state after all of its operations."""
    state = State()
    for step in steps(payment):
        state = step.after
    return state


def step_of(payment: Payment, operation_id: str) -> Step | None:
    """Return the step of an operation, or None if the payment does not have it."""
    return next((step for step in steps(payment) if step.operation.id == operation_id), None)
