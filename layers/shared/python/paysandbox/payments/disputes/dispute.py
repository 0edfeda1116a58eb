"""Disputes: what one is after some of its steps (`operations/dispute_*.py`, `operations/evidence_submitted.py`). Pure.

A cardholder disputes a payment with the card's bank. An inquiry asks for information and moves no money. A chargeback
takes the disputed amount back, like a refund that the merchant did not make: it is returned if the merchant wins.

    needs_response -> under_review -> won | lost              a chargeback, pre-arbitration
    needs_response -> lost                                     accepted, or not answered in time
    warning_needs_response -> warning_under_review -> warning_closed
    warning_* -> needs_response                                escalated to a chargeback
    won -> needs_response                                      the bank contests the decision: pre-arbitration

A payment has one dispute at a time, or several chargebacks that were opened together, each of a part of it.

Status names, reasons and the fields of evidence are Stripe's ("The Dispute object").
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from paysandbox.core.record import record

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


class DisputeProgram(StrEnum):
    """The network's program that a chargeback is of. It decides what evidence the network asks for."""

    COMPELLING_EVIDENCE = "compelling_evidence"
    """Visa Compelling Evidence 3.0: earlier payments with the same card can refute the fraud."""
    COMPLIANCE = "compliance"
    """The cardholder's bank says that the payment broke a rule of the network."""


SEVERAL: Final = "several"
"""What is simulated to open several chargebacks together."""


DISPUTE_KINDS: Final = (str(DisputeStage.INQUIRY), SEVERAL, *map(str, DisputeProgram))
"""The kinds of disputes other than a chargeback."""


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
class Submission:
    """Evidence that was submitted: when, and its SHA-256."""

    at: datetime
    digest: str


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
    submissions: tuple[Submission, ...] = ()
    withdrawn: bool = False
    cause: Cause | None = None
    program: DisputeProgram | None = None

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.status in OPEN or self.status in OPEN_INQUIRY


Disputes = Mapping[str, Dispute]
"""The disputes of a payment by ID, in the order in which they were opened."""


def open_dispute(disputes: Disputes) -> Dispute | None:
    """Return the first dispute that has not ended, or None. If there are several, all of them are chargebacks."""
    return next((dispute for dispute in disputes.values() if dispute.is_open), None)


def can_escalate(dispute: Dispute) -> bool:
    """Whether a dispute is an open inquiry, or a chargeback that the merchant has won."""
    contested = dispute.status is DisputeStatus.WON and dispute.stage is DisputeStage.CHARGEBACK
    return contested or dispute.status in OPEN_INQUIRY
