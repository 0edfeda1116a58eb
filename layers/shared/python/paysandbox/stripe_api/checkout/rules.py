"""The life of a Checkout session: open until it is complete or has expired, which one write decides. Pure.

    open ── the payer pays, or nothing is due ──► complete ── the bank approves later ──► paid
      └──── its time is over, or the merchant ends it ──► expired

Source: Stripe, "Checkout Sessions" (API reference): `status`, `payment_status`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal

from paysandbox.core.errors import Code, Refused
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject, without_defaults

PAGE_PATH: Final = "/c/pay/{merchant}/{session}/{token}"
"""The path of a session's page. The token proves that the caller was given its address."""

OPEN: Final = "open"
COMPLETE: Final = "complete"
EXPIRED: Final = "expired"

PAID: Final = "paid"
UNPAID: Final = "unpaid"
NOTHING_DUE: Final = "no_payment_required"

STATUS: Final = "status"
PAYMENT_STATUS: Final = "payment_status"
PAYMENT_INTENT: Final = "payment_intent"
SETUP_INTENT: Final = "setup_intent"
EXPIRES_AT: Final = "expires_at"
MODE: Final = "mode"
PAYMENT: Final = "payment"
SETUP: Final = "setup"
SUBSCRIPTION: Final = "subscription"
"""A mode, and the field of a complete session that names what it has sold."""

INVOICE: Final = "invoice"
SUBSCRIPTION_DATA: Final = "subscription_data"
"""Beside the fields of a session in that mode: the fields of its subscription, and its trial."""

FAILED: Final = "async_payment_failed"
"""Beside the fields of a complete session: that the bank has declined what it had left open."""

_SUCCEEDED: Final = "async_payment_succeeded"
_AWAITS_BANK: Final = "awaits_bank"
"""Beside its fields: that the bank has not answered yet."""


def status_of(attributes: Attributes) -> str:
    """Return the status of a session."""
    return attributes.get(STATUS, OPEN)


def due_at(session: StoredObject) -> datetime | None:
    """Return when an open session expires, or None for another."""
    return (
        datetime.fromtimestamp(session.attributes[EXPIRES_AT], UTC) if status_of(session.attributes) == OPEN else None
    )


def can_be_paid(session: StoredObject, now: datetime) -> bool:
    """Whether the payer can still pay. The sweep ends a session within a minute after its time."""
    expires = due_at(session)
    return expires is not None and now < expires


def has_trial(attributes: Attributes) -> bool:
    """Whether a session sells a subscription that begins with a trial."""
    data: Attributes = attributes.get(SUBSCRIPTION_DATA, {})
    return bool(data.get("trial_end") or data.get("trial_period_days"))


def always_takes_card(attributes: Attributes) -> bool:
    """Whether a payer gives a card although nothing is due: to save it, or for a subscription that costs later."""
    if attributes[MODE] == SUBSCRIPTION:
        return attributes.get("payment_method_collection") != "if_required"
    return attributes[MODE] == SETUP


def completed(attributes: Attributes, payment_status: str, *, awaits_bank: bool = False) -> Attributes:
    """Return a session that its payer has completed. `awaits_bank`: the bank may still approve or decline."""
    ended = {STATUS: COMPLETE, PAYMENT_STATUS: payment_status, _AWAITS_BANK: awaits_bank or None}
    return without_defaults({**attributes, **ended})


def expired(attributes: Attributes) -> Attributes:
    """Return a session that nobody can complete any more."""
    return {**attributes, STATUS: EXPIRED}


def decided(attributes: Attributes, *, approved: bool) -> Attributes:
    """Return a complete session after the bank's late answer to its payment."""
    answer = {PAYMENT_STATUS: PAID} if approved else {FAILED: True}
    return without_defaults({**attributes, _AWAITS_BANK: None, **answer})


def awaits_bank(attributes: Attributes) -> bool:
    """Whether a complete session's payment is neither approved nor declined yet."""
    return attributes.get(_AWAITS_BANK, False)


def check_is_open(attributes: Attributes, to_be: Literal["expired", "updated"]) -> None:
    """Refuse to end or to change a session that is not open. In Stripe's words (Sylius/PayumStripePlugin#70)."""
    status = status_of(attributes)
    if status != OPEN:
        raise Refused(
            Code.REQUEST_INVALID,
            f'Only Checkout Sessions with a status in ["open"] can be {to_be}. This Checkout Session has a status of '
            f"`{status}`.",
        )


def events_of(before: StoredObject | None, after: StoredObject) -> tuple[str, ...]:
    """Return what a write of a session tells: that it has ended, or what a late answer of the bank was."""
    if before is None:
        return ()
    was, now = before.attributes, after.attributes
    if status_of(was) != status_of(now):
        return ("completed",) if status_of(now) == COMPLETE else ("expired",)
    if status_of(now) != COMPLETE:
        return ()
    if _changed(was, now, PAYMENT_STATUS) and now[PAYMENT_STATUS] == PAID:
        return (_SUCCEEDED,)
    return (FAILED,) if _changed(was, now, FAILED) else ()


def _changed(before: Mapping[str, Any], after: Mapping[str, Any], name: str) -> bool:
    return before.get(name) != after.get(name)
