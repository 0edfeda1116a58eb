"""Response bodies of disputes, also in events. Loaded only for payments that have one."""

from collections.abc import Mapping
from typing import Final

from paysandbox.core.timestamps import format_timestamp
from paysandbox.http.answer import Body
from paysandbox.payments.disputes.dispute import (
    Dispute,
    DisputeDecided,
    DisputeEscalated,
    DisputeOpened,
    DisputeWithdrawn,
    EvidenceSubmitted,
)
from paysandbox.payments.operation import DisputeStep
from paysandbox.payments.payment import CHARGEBACK, INQUIRY, Payment, Step

OPERATION_TYPES: Final[Mapping[type[DisputeStep], str]] = {
    DisputeOpened: "dispute",
    EvidenceSubmitted: "dispute_evidence",
    DisputeDecided: "dispute_decision",
    DisputeWithdrawn: "dispute_withdrawal",
    DisputeEscalated: "dispute_escalation",
}


def render_dispute(payment: Payment, dispute: Dispute) -> Body:
    """Render a dispute. Its evidence is not part of it: that is stored apart from the payment."""
    body: Body = {
        "dispute_id": dispute.id,
        "auth_id": payment.id,
        "status": str(dispute.status),
        "stage": str(dispute.stage),
        "reason": str(dispute.reason),
        "amount": dispute.amount,
        "currency": payment.currency,
        "fee": dispute.fee_charged,
        "withdrawn": dispute.withdrawn,
        "submissions": len(dispute.submissions),
        "due_by": format_timestamp(dispute.due_by),
        "created_at": format_timestamp(dispute.opened_at),
        "updated_at": format_timestamp(dispute.updated_at),
    }
    if dispute.decides_at is not None and dispute.is_open:
        body["decides_at"] = format_timestamp(dispute.decides_at)
    return body | ({"cause": str(dispute.cause)} if dispute.cause is not None else {})


def render_dispute_step(payment: Payment, step: Step, operation: DisputeStep) -> Body:
    """Render a dispute as it was right after one of its steps."""
    dispute = step.after.disputes[operation.dispute_id]
    return render_dispute(payment, dispute) | {"transaction_id": operation.id}


def own_facts(operation: DisputeStep) -> Body:
    """Render what a step has of its own, in the list of operations."""
    body: Body = {"dispute_id": operation.dispute_id}
    match operation:
        case DisputeOpened():
            kind = INQUIRY if operation.inquiry else CHARGEBACK
            return body | {"reason": str(operation.reason), "kind": kind}
        case DisputeDecided():
            return body | {"outcome": str(operation.outcome), "cause": str(operation.cause)}
        case _:
            return body


def latest_dispute(disputes: Mapping[str, Dispute]) -> Body:
    """Render which dispute of a payment is the latest, and its status."""
    dispute = list(disputes.values())[-1]
    return {"dispute_id": dispute.id, "status": str(dispute.status)}
