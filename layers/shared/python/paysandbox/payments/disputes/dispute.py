"""Disputes: the steps of one, and what it is after some of them. Pure.

A cardholder disputes a payment with the card's bank. An inquiry asks for information and moves no money. A chargeback
takes the disputed amount back, like a refund that the merchant did not make: it is returned if the merchant wins.

    needs_response -> under_review -> won | lost              a chargeback, pre-arbitration
    needs_response -> lost                                     accepted, or not answered in time
    warning_needs_response -> warning_under_review -> warning_closed
    warning_* -> needs_response                                escalated to a chargeback
    won -> needs_response                                      the bank contests the decision: pre-arbitration

Status names, reasons and the fields of evidence are Stripe's ("The Dispute object").
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from paysandbox.core.record import record, replace
from paysandbox.payments.operation import DisputeStep
from paysandbox.payments.payment import CHARGEBACK, INQUIRY

MAX_DISPUTES: Final = 10
"""Of one payment, so that later operations fit into its item."""


class DisputeStatus(StrEnum):
    """The status of a dispute. Those that begin with `warning` are of inquiries."""

    WARNING_NEEDS_RESPONSE = "warning_needs_response"
    WARNING_UNDER_REVIEW = "warning_under_review"
    WARNING_CLOSED = "warning_closed"
    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"


class DisputeStage(StrEnum):
    """How far a dispute has come. `arbitration` ends it for good."""

    INQUIRY = "inquiry"
    CHARGEBACK = "chargeback"
    PRE_ARBITRATION = "pre_arbitration"
    ARBITRATION = "arbitration"


class DisputeReason(StrEnum):
    """Why the cardholder disputes the payment."""

    BANK_CANNOT_PROCESS = "bank_cannot_process"
    CHECK_RETURNED = "check_returned"
    CREDIT_NOT_PROCESSED = "credit_not_processed"
    CUSTOMER_INITIATED = "customer_initiated"
    DEBIT_NOT_AUTHORIZED = "debit_not_authorized"
    DUPLICATE = "duplicate"
    FRAUDULENT = "fraudulent"
    GENERAL = "general"
    INCORRECT_ACCOUNT_DETAILS = "incorrect_account_details"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    NONCOMPLIANT = "noncompliant"
    PRODUCT_NOT_RECEIVED = "product_not_received"
    PRODUCT_UNACCEPTABLE = "product_unacceptable"
    SUBSCRIPTION_CANCELED = "subscription_canceled"
    UNRECOGNIZED = "unrecognized"


class Cause(StrEnum):
    """Why a dispute ended."""

    DECIDED = "decided"
    """By the bank, after it had reviewed the evidence."""
    ACCEPTED = "accepted"
    """By the merchant."""
    EXPIRED = "expired"
    """No one answered or escalated it in time."""
    REFUNDED = "refunded"
    """The merchant refunded the payment during an inquiry."""


OPEN: Final = (DisputeStatus.NEEDS_RESPONSE, DisputeStatus.UNDER_REVIEW)
OPEN_INQUIRY: Final = (DisputeStatus.WARNING_NEEDS_RESPONSE, DisputeStatus.WARNING_UNDER_REVIEW)
NEEDS_RESPONSE: Final = (DisputeStatus.NEEDS_RESPONSE, DisputeStatus.WARNING_NEEDS_RESPONSE)

Parts = tuple[tuple[str, int], ...]
"""The part of an amount that is of each capture: capture ID and minor units."""


@record(kw_only=True)
class DisputeOpened(DisputeStep):
    """The bank opens a dispute of `amount` (minor units). A chargeback takes it from the captures; an inquiry does not.

    `fee` is what a chargeback costs (minor units), and `returns_fee` whether it is returned when the merchant wins.
    `due_by` is when the time for evidence ends.
    """

    reason: DisputeReason
    amount: int
    due_by: datetime
    inquiry: bool = False
    fee: int = 0
    returns_fee: bool = True


@record(kw_only=True)
class EvidenceSubmitted(DisputeStep):
    """The merchant submits evidence, whose SHA-256 is `digest`. In pre-arbitration, that leads to arbitration."""

    digest: str


@record(kw_only=True)
class DisputeDecided(DisputeStep):
    """The dispute ends: `won`, `lost` or `warning_closed`."""

    outcome: DisputeStatus
    cause: Cause


@record(kw_only=True)
class DisputeWithdrawn(DisputeStep):
    """The cardholder withdraws the dispute. The merchant wins if evidence was or will be submitted.

    If it was, `timers` has the win, which replaces the decision that was due.
    """


@record(kw_only=True)
class DisputeEscalated(DisputeStep):
    """An inquiry becomes a chargeback, or the bank contests a dispute that the merchant has won.

    Either takes `amount` from the captures: what is disputed, up to what can still be refunded.
    """

    due_by: datetime
    amount: int


@record(kw_only=True)
class Dispute:
    """A dispute after some of its steps.

    `amount` is what is disputed: of an inquiry what it was opened with, of a chargeback what it took at its last stage,
    which is less if some of it was refunded before.

    `taken` is what the dispute has taken from the captures and not returned, and `fee_charged` the same of the fee.
    `parts` says how much of it is of each capture; only a payment's state knows it. `due_by` is when the time for
    evidence ends, and `decides_at` when the bank decides on the evidence. `updated_at` is the time of the last step.
    """

    id: str
    amount: int
    reason: DisputeReason
    status: DisputeStatus
    stage: DisputeStage
    opened_at: datetime
    updated_at: datetime
    due_by: datetime
    fee: int
    returns_fee: bool
    taken: int = 0
    parts: Parts = ()
    fee_charged: int = 0
    decides_at: datetime | None = None
    submissions: tuple[EvidenceSubmitted, ...] = ()
    withdrawn: bool = False
    cause: Cause | None = None

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.status in OPEN or self.status in OPEN_INQUIRY


Disputes = Mapping[str, Dispute]
"""The disputes of a payment by ID, in the order in which they were opened."""


def after_step(disputes: Disputes, step: DisputeStep) -> Dispute:
    """Return the dispute of a step after it. Raises LookupError for a step that cannot follow."""
    if isinstance(step, DisputeOpened):
        if step.dispute_id in disputes or open_dispute(disputes) is not None:
            raise LookupError(f"{step.dispute_id} is a second dispute at the same time")
        return _opened(step)
    dispute = disputes[step.dispute_id]
    match step:
        case EvidenceSubmitted() if dispute.status in NEEDS_RESPONSE:
            after = _submitted(dispute, step)
        case DisputeDecided() if _can_end(dispute, step.outcome):
            won = step.outcome is DisputeStatus.WON
            fee = 0 if won and dispute.returns_fee else dispute.fee_charged
            taken = 0 if won else dispute.taken
            after = replace(dispute, status=step.outcome, cause=step.cause, taken=taken, fee_charged=fee)
        case DisputeWithdrawn() if dispute.is_open:
            after = replace(dispute, withdrawn=True)
        case DisputeEscalated() if can_escalate(dispute):
            after = _escalated(dispute, step)
        case _:
            raise LookupError(f"{step.id} cannot follow: {dispute.id} is {dispute.status}")
    return replace(after, updated_at=step.at)


def amount_of_step(disputes: Disputes, step: DisputeStep) -> int:
    """Return the disputed amount after a step. Raises KeyError if there is no such dispute."""
    return step.amount if isinstance(step, DisputeOpened | DisputeEscalated) else disputes[step.dispute_id].amount


def open_dispute(disputes: Disputes) -> Dispute | None:
    """Return the dispute that has not ended, or None. A payment has one at a time."""
    return next((one for one in disputes.values() if one.is_open), None)


def kind_of_open(dispute: Dispute) -> str:
    """Return what a payment stores of a dispute that has not ended: `inquiry`, or `chargeback` at any later stage."""
    return INQUIRY if dispute.stage is DisputeStage.INQUIRY else CHARGEBACK


def can_escalate(dispute: Dispute) -> bool:
    """Whether a dispute is an open inquiry, or a chargeback that the merchant has won."""
    contested = dispute.status is DisputeStatus.WON and dispute.stage is DisputeStage.CHARGEBACK
    return contested or dispute.status in OPEN_INQUIRY


def _can_end(dispute: Dispute, outcome: DisputeStatus) -> bool:
    if outcome is DisputeStatus.WARNING_CLOSED:
        return dispute.status in OPEN_INQUIRY
    if outcome is DisputeStatus.WON:
        return dispute.status is DisputeStatus.UNDER_REVIEW
    return outcome is DisputeStatus.LOST and dispute.status in OPEN


def _opened(step: DisputeOpened) -> Dispute:
    return Dispute(
        id=step.dispute_id,
        amount=step.amount,
        reason=step.reason,
        status=DisputeStatus.WARNING_NEEDS_RESPONSE if step.inquiry else DisputeStatus.NEEDS_RESPONSE,
        stage=DisputeStage.INQUIRY if step.inquiry else DisputeStage.CHARGEBACK,
        opened_at=step.at,
        updated_at=step.at,
        due_by=step.due_by,
        fee=step.fee,
        returns_fee=step.returns_fee,
        taken=0 if step.inquiry else step.amount,
        fee_charged=0 if step.inquiry else step.fee,
    )


def _submitted(dispute: Dispute, step: EvidenceSubmitted) -> Dispute:
    is_inquiry = dispute.stage is DisputeStage.INQUIRY
    contested = dispute.stage is DisputeStage.PRE_ARBITRATION
    return replace(
        dispute,
        status=DisputeStatus.WARNING_UNDER_REVIEW if is_inquiry else DisputeStatus.UNDER_REVIEW,
        stage=DisputeStage.ARBITRATION if contested else dispute.stage,
        submissions=(*dispute.submissions, step),
        decides_at=min((timer.at for timer in step.timers), default=None),
    )


def _escalated(dispute: Dispute, step: DisputeEscalated) -> Dispute:
    was_inquiry = dispute.stage is DisputeStage.INQUIRY
    return replace(
        dispute,
        status=DisputeStatus.NEEDS_RESPONSE,
        stage=DisputeStage.CHARGEBACK if was_inquiry else DisputeStage.PRE_ARBITRATION,
        due_by=step.due_by,
        decides_at=None,
        amount=step.amount,
        taken=step.amount,
        fee_charged=dispute.fee if was_inquiry else dispute.fee_charged,
        withdrawn=False,
        cause=None,
    )
