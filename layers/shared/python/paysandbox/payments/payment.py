"""Payments: an authorization and all later operations, as stored data and the state derived from it.

Amounts are in minor units, and times are aware UTC datetimes. Counters (for the guards) and operations are stored;
status, released amounts and responses are folds over the operations and their amounts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import field, fields
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from paysandbox.core.guard import Facts
from paysandbox.core.idempotency_record import Fingerprint
from paysandbox.core.record import record, replace
from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments.bank.authentication_result import NOT_FINAL, AuthenticationResult
from paysandbox.payments.bank.card import Card
from paysandbox.payments.bank.response import Decline
from paysandbox.payments.operation import AuthorizationBegun, DisputeStep, Operation
from paysandbox.payments.operations.authentication import Authentication
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.operations.capture_failed import CaptureFailed
from paysandbox.payments.operations.challenge_requested import ChallengeRequested
from paysandbox.payments.operations.expiry import Expiry
from paysandbox.payments.operations.fraud_warning import FraudWarning
from paysandbox.payments.operations.intent_created import IntentCreated
from paysandbox.payments.operations.intent_updated import IntentUpdated
from paysandbox.payments.operations.notes_updated import NotesUpdated
from paysandbox.payments.operations.presentment_delayed import PresentmentDelayed
from paysandbox.payments.operations.refund import Refund
from paysandbox.payments.operations.refund_updated import RefundUpdated
from paysandbox.payments.operations.reversal import Reversal
from paysandbox.payments.operations.settlement import Settlement
from paysandbox.payments.operations.void import Void
from paysandbox.payments.refund_status import OPEN_REFUND, RefundStatus
from paysandbox.payments.terms import IntentTerms, Method

if TYPE_CHECKING:
    from paysandbox.payments.disputes.dispute import Dispute

MAX_CAPTURES: Final = 50
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

    A new one is declared here and, with what it may contain, in the request (`requests.AuthorizePayment`). Items and
    the shapes of answers follow.
    """

    description: str | None = None
    reference: str | None = None
    metadata: str | None = None

    def noted(self) -> dict[str, str]:
        """Return the annotations that are set, by name. Items and responses use the same names."""
        return {name: value for name in ANNOTATIONS if (value := getattr(self, name)) is not None}


ANNOTATIONS: Final = tuple(each.name for each in fields(Annotations))
NO_ANNOTATIONS: Final = Annotations()

INQUIRY: Final = "inquiry"
CHARGEBACK: Final = "chargeback"
ENDED: Final = "ended"
"""What a payment stores of its disputes. During a chargeback, the payment cannot be refunded."""

NOT_AUTHENTICATED: Final = Decline(decline_code="authentication_failed", advice_code="confirm_card_data")
"""The decline of an attempt whose cardholder was not authenticated. No authorization is sent to the bank."""


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
    def first(self) -> Authorization | AuthorizationBegun | IntentCreated:
        """The first operation: the authorization or its beginning, or the creation of an intent."""
        first = self.operations[0]
        if not isinstance(first, (Authorization, AuthorizationBegun, IntentCreated)):
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

    @property
    def last_card(self) -> Card | None:
        """The card of the last attempt, answered or not; None for an intent that was never attempted."""
        attempts = (Authorization, AuthorizationBegun)
        return next((one.card for one in reversed(self.operations) if isinstance(one, attempts)), None)

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


FEE_KINDS: Final = (LineKind.DISPUTE_FEE, LineKind.DISPUTE_FEE_REVERSAL)
"""Lines between the merchant and the processor. The card network has no part in them."""


@record(kw_only=True)
class SettlementLine:
    """A line in settlement: its batch, if it is in one, and its fee. `gross` is negative for a refund, a
    chargeback and its fee.

    `at` is when it came about, and `presented_at` when the network gets it, if that is later.
    """

    kind: LineKind
    gross: int
    at: datetime
    presented_at: datetime | None = None
    batch: str | None = None
    fee: int = 0


@record(kw_only=True)
class AuthenticatedAttempt:
    """An attempt whose cardholder was authenticated, and that waits for the merchant to confirm the intent again."""

    challenge: ChallengeRequested
    result: AuthenticationResult


@record(kw_only=True)
class State:
    """The state of a payment after some of its operations, computed by folding them. Never stored.

    `lines` has the settlement lines by ID, in the order in which they came about: captures, refunds that succeeded,
    those that failed afterwards, and what disputes took and returned. `terms` is None unless an intent was created or
    the payment was updated. `attempt` is the attempt that has no answer yet, and `decline` is that of the last attempt.
    `authenticated` is the attempt that the merchant has to confirm again.
    `refunded` does not contain `refund_pending`.
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
            is_challenge = isinstance(self.attempt, ChallengeRequested)
            return Status.REQUIRES_ACTION if is_challenge else Status.PROCESSING
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
            case IntentCreated():
                return replace(self, terms=operation.terms)
            case IntentUpdated():
                return self._revised(operation.terms)
            case Authorization():
                return replace(
                    self,
                    authorized=amount,
                    attempt=None,
                    authenticated=None,
                    decline=operation.decline,
                    terms=self._after_attempt(operation.terms, operation.decline),
                )
            case Capture():
                released = self.remaining - amount if operation.final else 0
                return replace(
                    self,
                    terms=self._restated(operation.terms),
                    captured=self.captured + amount,
                    released=self.released + released,
                    captures={**self.captures, operation.id: CaptureBalance(amount=amount)},
                    lines=self._with_line(operation.id, LineKind.CAPTURE, amount, operation.at),
                )
            case Void():
                return replace(self, released=self.released + amount, ended=Status.VOIDED, attempt=None)
            case Expiry():
                return replace(self, released=self.released + amount, ended=Status.EXPIRED, attempt=None)
            case Refund():
                return self._refunding(operation, amount)
            case Settlement():
                return replace(self, lines=self._settled(operation))
            case NotesUpdated() | FraudWarning():
                return self
            case _:
                return self._after_later_step(operation, amount)

    def _after_later_step(self, operation: Operation, amount: int) -> "State":
        """Return the state after a step that is the bank's, the network's or the cardholder's, at a later time."""
        match operation:
            case AuthorizationBegun():
                return replace(self, attempt=operation, authenticated=None, terms=self._restated(operation.terms))
            case Authentication():
                return self._not_authenticated() if operation.failed else self._with_authentication(operation)
            case RefundUpdated():
                return self._refund_updated(operation, amount)
            case CaptureFailed():
                captures = {of: balance for of, balance in self.captures.items() if of != operation.capture_id}
                lines = {of: line for of, line in self.lines.items() if of != operation.capture_id}
                released = amount if self.ended else 0
                return replace(
                    self,
                    captured=self.captured - amount,
                    released=self.released + released,
                    captures=captures,
                    lines=lines,
                )
            case PresentmentDelayed():
                line = replace(self.lines[operation.capture_id], presented_at=operation.until)
                return replace(self, lines={**self.lines, operation.capture_id: line})
            case Reversal():
                ended = self.ended if amount < self.remaining else Status.REVERSED
                return replace(self, released=self.released + amount, ended=ended)
            case DisputeStep():
                from paysandbox.payments.disputes.state import after_dispute_step  # few payments have a dispute

                return after_dispute_step(self, operation)
            case _:
                raise AssertionError(f"{operation} is not an operation of a payment")

    def _after_attempt(self, stated: IntentTerms | None, decline: Decline | None) -> IntentTerms | None:
        """Remove the payment method after a decline, so that the card is not retried automatically."""
        terms = self._restated(stated)
        return replace(terms, method=None) if terms and decline else terms

    def _revised(self, terms: IntentTerms) -> "State":
        """Another amount or card ends an attempt that waits for the cardholder."""
        is_same = self.terms is None or (terms.amount, terms.method) == (self.terms.amount, self.terms.method)
        if is_same:
            return replace(self, terms=terms)
        return replace(self, terms=terms, attempt=None, authenticated=None)

    def _not_authenticated(self) -> "State":
        if self.attempt is None:
            raise LookupError("no attempt waits for the cardholder's authentication")
        terms = self._after_attempt(None, NOT_AUTHENTICATED)
        return replace(self, attempt=None, decline=NOT_AUTHENTICATED, terms=terms)

    def _with_authentication(self, authentication: Authentication) -> "State":
        """End the attempt if the merchant confirms the intent again itself. Its card is then the intent's."""
        challenge, terms = self.attempt, self.terms
        if authentication.result in NOT_FINAL or terms is None or not terms.is_confirmed_manually:
            return self
        if not isinstance(challenge, ChallengeRequested):
            raise LookupError("no attempt waits for the cardholder's authentication")
        method = terms.method
        if method is None or (method.card, method.id) != (challenge.card, challenge.method_id):
            method = Method(challenge.card, challenge.response.checks.given, challenge.method_id)
        done = AuthenticatedAttempt(challenge=challenge, result=authentication.result)
        # A bank that had asked for the authentication has approved nothing yet, and its decline is answered.
        begun = replace(self, attempt=None, authorized=0, decline=None)
        return replace(begun, authenticated=done, terms=replace(terms, method=method))

    def _with_line(self, line_id: str, kind: LineKind, gross: int, at: datetime) -> Mapping[str, SettlementLine]:
        return {**self.lines, line_id: SettlementLine(kind=kind, gross=gross, at=at)}

    def _refunding(self, refund: Refund, amount: int) -> "State":
        # A refund by the authorization's ID is accepted only while there is a single capture, so it is of that.
        parts = refund.spread or ((refund.capture_id or next(iter(self.captures)), amount),)
        status = RefundStatus.PENDING if refund.pending else RefundStatus.SUCCEEDED
        balance = RefundBalance(amount=amount, status=status, parts=parts)
        if refund.pending:
            after = self._with_refund_moved(balance, pending=1)
        else:
            after = self._with_refund_moved(balance, refunded=1)
            after = replace(after, lines=self._with_line(refund.id, LineKind.REFUND, -amount, refund.at))
        return replace(after, refunds={**self.refunds, refund.id: balance})

    def _refund_updated(self, update: RefundUpdated, amount: int) -> "State":
        refund = self.refunds[update.refund_id]
        after = self
        is_open, stays_open = refund.status in OPEN_REFUND, update.status in OPEN_REFUND
        if is_open and update.status is RefundStatus.SUCCEEDED:
            after = self._with_refund_moved(refund, pending=-1, refunded=1)
            after = replace(after, lines=self._with_line(update.refund_id, LineKind.REFUND, -amount, update.at))
        elif is_open and not stays_open:
            after = self._with_refund_moved(refund, pending=-1)
        elif refund.status is RefundStatus.SUCCEEDED and update.status is RefundStatus.FAILED:
            after = self._with_refund_moved(refund, refunded=-1)
            after = replace(after, lines=self._with_line(update.id, LineKind.REFUND_REVERSAL, amount, update.at))
        elif not (is_open and stays_open):
            raise LookupError(f"{update.refund_id} is {refund.status} and cannot become {update.status}")
        updated = replace(refund, status=update.status, failure=update.reason)
        return replace(after, refunds={**self.refunds, update.refund_id: updated})

    def _with_refund_moved(self, refund: RefundBalance, *, pending: int = 0, refunded: int = 0) -> "State":
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

    def _restated(self, terms: IntentTerms | None) -> IntentTerms | None:
        """Return the terms after an operation that states them anew, or None. They keep their payment method."""
        return self.terms if terms is None else replace(terms, method=self.terms.method if self.terms else None)

    def _settled(self, operation: Settlement) -> Mapping[str, SettlementLine]:
        lines = dict(self.lines)
        for settled in operation.settled:
            line = lines[settled.id]
            if line.batch is not None:
                raise LookupError(f"{settled.id} is already in batch {line.batch}")
            lines[settled.id] = replace(line, batch=operation.batch, fee=settled.fee)
        return lines


@record(kw_only=True)
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
    """Return the amount of an operation; for one that moves no money, that of the object that it is about.

    Raises KeyError if it has none, or is about a missing capture or refund.
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
        case AuthorizationBegun():
            return operation.amount
        case Authentication():
            return before.attempt.amount if before.attempt else before.authorized
        case RefundUpdated():
            return before.refunds[operation.refund_id].amount
        case PresentmentDelayed() | FraudWarning():
            return before.captures[operation.capture_id].amount
        case DisputeStep():
            from paysandbox.payments.disputes.dispute import amount_of_step  # few payments have a dispute

            return amount_of_step(before.disputes, operation)
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
