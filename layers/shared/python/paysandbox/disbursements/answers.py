"""Bodies of the answers of disbursements' routes, as `schemas` has their shapes."""

from collections.abc import Iterable

from paysandbox.core.timestamps import format_timestamp
from paysandbox.disbursements.disbursement import Change, Disbursement
from paysandbox.http.answer import Body


def render_disbursement(disbursement: Disbursement) -> Body:
    """Render a disbursement."""
    body: Body = {
        "payment_id": disbursement.id,
        "customer_id": disbursement.customer_id,
        "email": disbursement.email,
        "amount": disbursement.amount,
        "currency": disbursement.currency,
        "fee": disbursement.fee,
        "payment_method": disbursement.method,
        "status": str(disbursement.status),
        "attempts": disbursement.attempts,
        "batch_id": disbursement.batch_id,
        "created_at": format_timestamp(disbursement.created_at),
        "cancel_requested": disbursement.cancel_requested,
        "trail": [_change(change) for change in disbursement.trail],
    }
    return body | _present({"code": disbursement.code, "reference": disbursement.reference})


def render_disbursements(page: Iterable[Disbursement], next_cursor: str | None) -> Body:
    """Render a page of a list."""
    return {"data": [render_disbursement(disbursement) for disbursement in page], "next_cursor": next_cursor}


def _change(change: Change) -> Body:
    body: Body = {"status": str(change.status), "at": format_timestamp(change.at), "source": str(change.source)}
    return body | _present({"code": change.code, "request_id": change.request_id})


def _present(texts: dict[str, str | None]) -> Body:
    return {name: text for name, text in texts.items() if text is not None}
