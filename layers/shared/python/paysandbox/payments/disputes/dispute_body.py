"""Response bodies of disputes, also in events. Loaded only for payments that have one."""

from collections.abc import Mapping

from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments.disputes.dispute import Dispute
from paysandbox.payments.payment import Body, Payment


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
    if dispute.program is not None:
        body["program"] = str(dispute.program)
    return body | ({"cause": str(dispute.cause)} if dispute.cause is not None else {})


def latest_dispute(disputes: Mapping[str, Dispute]) -> Body:
    """Render which dispute of a payment is the latest, and its status."""
    dispute = list(disputes.values())[-1]
    return {"dispute_id": dispute.id, "status": str(dispute.status)}
