"""Bodies of the answers of disputes' routes, as `schemas` has their shapes."""

from collections.abc import Collection
from datetime import datetime

from paysandbox.core.timestamps import format_timestamp
from paysandbox.disputes.evidence import Evidence
from paysandbox.http.answer import Body
from paysandbox.payments.answers import operation_line, render_step
from paysandbox.payments.disputes.dispute import NEEDS_RESPONSE
from paysandbox.payments.disputes.dispute_body import render_dispute
from paysandbox.payments.disputes.step import DisputeStep
from paysandbox.payments.operations.evidence_submitted import EvidenceSubmitted
from paysandbox.payments.payment import Payment, state_of, steps


def render_details(payment: Payment, dispute_id: str, evidence: Evidence, now: datetime) -> Body:
    """Render a dispute with its evidence and operations."""
    dispute = state_of(payment).disputes[dispute_id]
    return render_dispute(payment, dispute) | {
        "evidence": dict(evidence.texts),
        "has_evidence": bool(evidence.texts),
        "past_due": dispute.status in NEEDS_RESPONSE and now >= dispute.due_by,
        "operations": [
            operation_line(step)
            for step in steps(payment)
            if isinstance(step.operation, DisputeStep) and step.operation.dispute_id == dispute_id
        ],
    }


def render_answered(payment: Payment) -> Body:
    """Render a dispute right after the last operation of a payment, which is a step of it."""
    return render_step(payment, payment.operations[-1].id)


def render_draft(payment: Payment, dispute_id: str, fields: Collection[str], saved_at: datetime) -> Body:
    """Render a draft. Nothing in it changes later, so that a repeated request gets the same bytes."""
    return {
        "dispute_id": dispute_id,
        "auth_id": payment.id,
        "submitted": False,
        "fields": sorted(fields),
        "saved_at": format_timestamp(saved_at),
    }


def render_submission(payment: Payment, dispute_id: str, fields: Collection[str], saved_at: datetime) -> Body:
    """Render a submission, given the payment right after it."""
    submission = payment.operations[-1]
    if not isinstance(submission, EvidenceSubmitted):
        raise AssertionError(f"{submission.id} submits no evidence")
    return render_draft(payment, dispute_id, fields, saved_at) | {
        "submitted": True,
        "digest": submission.digest,
        "dispute": render_answered(payment),
    }
