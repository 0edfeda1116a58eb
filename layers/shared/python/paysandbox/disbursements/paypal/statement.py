"""PayPal's statements: their format, and their lines from PayPal's answers about single batches. Pure.

The columns are named as the fields of PayPal's payout items ("Payouts API": show payout batch details). PayPal itself
offers no such file: its reports are for approved accounts, by SFTP. This one stands in for them.

PayPal's API lists no payouts of a day. So a statement has those batches whose IDs are known, each as PayPal shows it,
and cannot have one that the sandbox does not know.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, cast

from paysandbox.disbursements.disbursement import Disbursement, Status
from paysandbox.disbursements.methods import Method
from paysandbox.disbursements.paypal.messages import Body, amount_value, id_in, minor_units, part
from paysandbox.disbursements.statement import CONFIRMED, StatementFormat, StatementItem

SIMULATOR_PATH: Final = "/statement"
"""Where the local simulator has the statement of a day: at `/statement/2026-11-22`, below its base URL."""

_STATUSES: Final[Mapping[str, frozenset[Status]]] = {
    **dict.fromkeys(("NEW", "PENDING"), frozenset({Status.PROCESSING})),
    "SUCCESS": frozenset({Status.PAID}),
    # An item that was unclaimed or under review is recorded as returned.
    **dict.fromkeys(("FAILED", "DENIED"), frozenset({Status.FAILED, Status.RETURNED})),
    "UNCLAIMED": frozenset({Status.UNCLAIMED}),
    "ONHOLD": frozenset({Status.HELD}),
    "BLOCKED": frozenset({Status.BLOCKED}),
    # So is one that was canceled at the merchant's request.
    **dict.fromkeys(("RETURNED", "CANCELED"), frozenset({Status.RETURNED, Status.CANCELED})),
    **dict.fromkeys(("REFUNDED", "REVERSED"), frozenset({Status.RETURNED})),
}

PAYPAL_STATEMENT: Final = StatementFormat(
    method=Method.PAYPAL,
    columns={
        "record_type": "record_type",
        "reference": "payout_batch_id",
        "batch_id": "sender_batch_id",
        "item_reference": "payout_item_id",
        "disbursement_id": "sender_item_id",
        "status": "transaction_status",
        "amount": "amount",
        "currency": "currency",
        "fee": "fee",
        "created_at": "time_created",
        "processed_at": "time_processed",
        "day": "statement_date",
        "made_at": "time_made",
        "lines": "lines",
    },
    statuses=_STATUSES,
    write_amount=amount_value,
    read_amount=minor_units,
    key_of=lambda disbursement: disbursement.batch_id,
    day_of=lambda disbursement: disbursement.sent_at.date() if disbursement.sent_at else None,
    is_expected=lambda disbursement, _: disbursement.reference is not None or disbursement.status in CONFIRMED,
)
"""A line is of a batch that PayPal created on the day (UTC). It must have those that it confirmed."""


class NotABatchError(ValueError):
    """The answer is not a batch of one item. The message names what is missing."""


def statement_item(body: Body) -> StatementItem:
    """Return the line of a batch, as the answer to "show payout batch details" has it. Raises NotABatchError."""
    header = part(body, "batch_header")
    items: Any = body.get("items")
    if not isinstance(items, list) or len(cast("list[Any]", items)) != 1:
        raise NotABatchError("its item")
    item = part({"item": items[0]}, "item")
    amount, fee = part(part(item, "payout_item"), "amount"), part(item, "payout_item_fee")
    currency = str(amount.get("currency"))
    units = minor_units(amount.get("value"), currency)
    reference, item_reference = id_in(header, "payout_batch_id"), id_in(item, "payout_item_id")
    created_at = _instant(header.get("time_created"))
    if reference is None or item_reference is None:
        raise NotABatchError("its IDs")
    if units is None:
        raise NotABatchError("its amount")
    if created_at is None:
        raise NotABatchError("its time")
    return StatementItem(
        reference=reference,
        batch_id=str(part(header, "sender_batch_header").get("sender_batch_id", "")),
        item_reference=item_reference,
        disbursement_id=str(part(item, "payout_item").get("sender_item_id", "")),
        status=str(item.get("transaction_status")),
        amount=units,
        currency=currency,
        fee=minor_units(fee.get("value"), currency) if fee.get("currency") == currency else None,
        created_at=created_at,
        processed_at=_instant(item.get("time_processed")),
    )


def may_be_in_statement(disbursement: Disbursement, start: datetime, end: datetime) -> bool:
    """Whether the batch of a disbursement may have been created from `start` on and before `end` (UTC).

    A request whose answer was lost is repeated, so a batch may be created a day after it was sent first.
    """
    sent_at = disbursement.sent_at
    return disbursement.reference is not None and sent_at is not None and start - (end - start) <= sent_at < end


def _instant(text: object) -> datetime | None:
    try:
        instant = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return instant.astimezone(UTC) if instant.tzinfo else None
