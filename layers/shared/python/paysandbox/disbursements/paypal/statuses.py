"""PayPal's statuses and error names, and what each says of a disbursement. Pure.

Source: PayPal's "Payouts API" reference: item statuses, batch statuses and error names; "Currency codes" for amounts
without decimals.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from paysandbox.disbursements.disbursement import Status
from paysandbox.disbursements.rail import ProviderUpdate, Unknown
from paysandbox.disbursements.steps import Step

_ITEM: Final[Mapping[str, Step | None]] = {
    "NEW": None,
    "PENDING": None,
    "SUCCESS": Step.PAY,
    "FAILED": Step.FAIL,
    "DENIED": Step.FAIL,
    "UNCLAIMED": Step.UNCLAIM,
    "ONHOLD": Step.HOLD,
    "BLOCKED": Step.BLOCK,
    "RETURNED": Step.RETURN,
    "CANCELED": Step.RETURN,
    "REFUNDED": Step.RETURN,
    "REVERSED": Step.REVERSE,
}
ITEM_STATUSES: Final = frozenset(_ITEM)
"""All statuses of an item."""

_BATCH: Final[Mapping[str, Step | None]] = {
    "NEW": None,
    "PENDING": None,
    "PROCESSING": None,
    "SUCCESS": None,  # processed: each item says what became of it
    "DENIED": Step.FAIL,
    "CANCELED": Step.FAIL,
}


class Refusal(StrEnum):
    """What an error name says of the batch that it refuses."""

    NOT_PAID = "not_paid"
    """The request was refused as a whole, so this request paid nothing."""
    CONFIGURATION = "configuration"
    """The account or its credentials have to be put right. Then the same request can succeed."""
    UNKNOWN = "unknown"


_REFUSALS: Final[Mapping[str, Refusal]] = {
    **dict.fromkeys(
        (
            "VALIDATION_ERROR",
            "INSUFFICIENT_FUNDS",
            "NEGATIVE_BALANCE",
            "NON_HOLDING_CURRENCY",
            "SPENDING_LIMIT_EXCEEDED",
        ),
        Refusal.NOT_PAID,
    ),
    **dict.fromkeys(
        (
            "AUTHORIZATION_ERROR",
            "AUTHENTICATION_FAILURE",
            "NOT_AUTHORIZED",
            "PERMISSION_DENIED",
            "REQUIRED_SCOPE_MISSING",
            "SENDER_EMAIL_UNCONFIRMED",
            "SENDER_ACCOUNT_UNVERIFIED",
            "SENDER_ACCOUNT_LOCKED",
            "ACCOUNT_RESTRICTED",
            "MALFORMED_REQUEST_ERROR",
        ),
        Refusal.CONFIGURATION,
    ),
}

WHOLE_AMOUNTS: Final = frozenset({"HUF", "JPY", "TWD"})
"""Currencies whose amounts PayPal takes without decimals. ISO 4217 has two decimals for HUF and TWD."""

CURRENCIES: Final = WHOLE_AMOUNTS | {
    *("AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "ILS", "MXN", "MYR", "NOK", "NZD", "PHP"),
    *("PLN", "SEK", "SGD", "THB", "USD"),
}
"""Currencies that PayPal pays out."""


def update_of_item(status: str, current: Status, **facts: str | int | None) -> ProviderUpdate | Unknown:
    """Return the update by an item's status, for a disbursement with a status. `facts` are further fields of it.

    An item that is pending again was released from a review. Returns Unknown for a status that is not in the reference.
    """
    if status not in _ITEM:
        return Unknown(reason="item_status_unknown")
    step = _ITEM[status]
    if step is None and current is Status.HELD:
        step = Step.RELEASE
    return ProviderUpdate(step=step, **facts)  # pyright: ignore[reportArgumentType] - the fields' types are its own


def update_of_batch(status: str, reference: str) -> ProviderUpdate | Unknown:
    """Return the update by a batch's status, if its item is not there."""
    if status not in _BATCH:
        return Unknown(reason="batch_status_unknown")
    step = _BATCH[status]
    return ProviderUpdate(step=step, reference=reference, code=f"BATCH_{status}" if step else None)


def refusal_of(name: str) -> Refusal:
    """Return what an error name says of the batch."""
    return _REFUSALS.get(name, Refusal.UNKNOWN)
