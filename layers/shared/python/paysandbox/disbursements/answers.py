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
    texts = {
        "code": disbursement.code,
        "reference": disbursement.reference,
        "stripe_account": disbursement.stripe_account,
        "payout": disbursement.payout,
    }
    return body | _present(texts) | _of_bank_account(disbursement)


def render_disbursements(page: Iterable[Disbursement], next_cursor: str | None) -> Body:
    """Render a page of a list."""
    return {"data": [render_disbursement(disbursement) for disbursement in page], "next_cursor": next_cursor}


def _of_bank_account(disbursement: Disbursement) -> Body:
    """Return what only a disbursement to a bank account has: nothing of any other."""
    if disbursement.bank_account is None:
        return {}
    body: Body = {"last4": disbursement.bank_account.last4}
    if disbursement.reference is not None:
        # Imported when it is used: most disbursements have none.
        from paysandbox.disbursements.ach.windows import returns_expected_by, window_of_file

        window = window_of_file(disbursement.reference)
        body |= {
            "window": window.number,
            "effective_date": window.day.isoformat(),
            "administrative_returns_expected_by": format_timestamp(returns_expected_by(window)),
        }
    codes = disbursement.correction_codes
    texts = {"trace_number": disbursement.item_reference, "correction_code": codes[-1] if codes else None}
    return body | _present(texts)


def _change(change: Change) -> Body:
    body: Body = {"status": str(change.status), "at": format_timestamp(change.at), "source": str(change.source)}
    return body | _present({"code": change.code, "request_id": change.request_id})


def _present(texts: dict[str, str | None]) -> Body:
    return {name: text for name, text in texts.items() if text is not None}
