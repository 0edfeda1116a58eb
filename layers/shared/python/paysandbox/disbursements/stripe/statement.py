"""The statement of Stripe: the platform's transfers of one day, and the payout that each became. Pure.

Stripe offers no such file. Its API lists transfers by the time of their creation, so a statement also has those that
the sandbox does not know. A line needs what the rail has put into the transfer's metadata; other transfers are not
disbursements.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from paysandbox.core.currency import MINOR_DIGITS
from paysandbox.core.stripe_amounts import from_stripe
from paysandbox.disbursements.disbursement import Status
from paysandbox.disbursements.methods import Method
from paysandbox.disbursements.statement import CONFIRMED, StatementFormat, StatementItem
from paysandbox.disbursements.stripe.messages import Body, batch_id_in, failure_of, is_reversed, status_of

TRANSFERRED: Final = "transferred"
"""The status of a transfer without a payout."""
REVERSED: Final = "reversed"
"""The status of a transfer that was taken back without a payout, or after it was paid."""

_STATUSES: Final[Mapping[str, frozenset[Status]]] = {
    TRANSFERRED: frozenset({Status.PROCESSING, Status.HELD, Status.UNCLAIMED}),
    # One that was unclaimed stays so until its payout is paid, and one that was held until it is asked for.
    **dict.fromkeys(("pending", "in_transit"), frozenset({Status.PROCESSING, Status.UNCLAIMED, Status.HELD})),
    "paid": frozenset({Status.PAID}),
    # Not taken back yet, it is blocked.
    **dict.fromkeys(("failed", "canceled"), frozenset({Status.FAILED, Status.RETURNED, Status.BLOCKED})),
    REVERSED: frozenset({Status.FAILED, Status.RETURNED, Status.CANCELED}),
}

_AMOUNT: Final = re.compile("([0-9]{1,15})(?:[.]([0-9]{1,4}))?")


def _write_amount(amount: int, currency: str) -> str:
    digits = MINOR_DIGITS[currency]
    whole, rest = divmod(amount, 10**digits)
    return f"{whole}.{rest:0{digits}}" if digits else str(whole)


def _read_amount(text: str, currency: str) -> int | None:
    match, digits = _AMOUNT.fullmatch(text), MINOR_DIGITS.get(currency)
    if match is None or len(match[2] or "") != digits:
        return None
    return int(match[1] + (match[2] or ""))


STRIPE_STATEMENT: Final = StatementFormat(
    method=Method.STRIPE,
    columns={
        "record_type": "record_type",
        "reference": "transfer",
        "batch_id": "metadata_disbursement",
        "item_reference": "payout",
        "disbursement_id": "transfer_group",
        "status": "status",
        "code": "failure_code",
        "amount": "amount",
        "currency": "currency",
        "fee": "fee",
        "created_at": "time_created",
        "processed_at": "arrival_date",
        "day": "statement_date",
        "made_at": "time_made",
        "lines": "lines",
    },
    statuses=_STATUSES,
    write_amount=_write_amount,
    read_amount=_read_amount,
    key_of=lambda disbursement: disbursement.batch_id,
    day_of=lambda disbursement: disbursement.sent_at.date() if disbursement.sent_at else None,
    is_expected=lambda disbursement, _: disbursement.reference is not None or disbursement.status in CONFIRMED,
    # Why an account cannot be paid out to is in its requirements.
    without_code=frozenset({TRANSFERRED, REVERSED, "pending", "in_transit"}),
)
"""A line is of a transfer that Stripe created on the day (UTC). It must have those whose ID is known.

Stripe's fees are in its own reports, so the column is empty.
"""


def statement_item(transfer: Body, payout: Body | None) -> StatementItem | None:
    """Return the line of a transfer and its payout, or None if the transfer is no disbursement."""
    batch_id = batch_id_in(transfer)
    if batch_id is None:
        return None
    currency = str(transfer["currency"]).upper()
    status, code, arrives_at = TRANSFERRED, None, None
    if payout is not None:
        status, arrives_at = status_of(payout), datetime.fromtimestamp(payout["arrival_date"], UTC)
        code = failure_of(payout) if status in ("failed", "canceled") else None
    if is_reversed(transfer) and code is None:
        status = REVERSED
    return StatementItem(
        reference=str(transfer["id"]),
        batch_id=batch_id,
        item_reference=str(payout["id"]) if payout is not None else "",
        disbursement_id=str(transfer.get("transfer_group") or ""),
        status=status,
        code=code,
        amount=from_stripe(transfer["amount"], currency),
        currency=currency,
        created_at=datetime.fromtimestamp(transfer["created"], UTC),
        processed_at=arrives_at,
    )
