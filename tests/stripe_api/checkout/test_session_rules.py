"""The life of a Checkout session, and what a write of it tells."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest

from paysandbox.core.errors import Refused
from paysandbox.stripe_api.checkout.rules import (
    awaits_bank,
    can_be_paid,
    check_is_open,
    completed,
    decided,
    events_of,
    expired,
    status_of,
)
from paysandbox.stripe_api.objects.stored_object import Cause, StoredObject, new_object

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
OPEN = {"mode": "payment", "expires_at": int(NOW.timestamp()) + 1800}
PAID = completed(OPEN, "paid")
WAITING = completed(OPEN, "unpaid", awaits_bank=True)
EXPIRED = expired(OPEN)


def session(attributes: Any) -> StoredObject:
    return new_object(
        "demo", "checkout.session", "cs_test_1", attributes, Cause(operation_id="o", request_id="r", at=NOW)
    )


@pytest.mark.parametrize(
    "before, after, events",
    [
        (None, OPEN, ()),
        (OPEN, {**OPEN, "metadata": {"a": "b"}}, ()),
        (OPEN, PAID, ("completed",)),
        (OPEN, WAITING, ("completed",)),
        (OPEN, EXPIRED, ("expired",)),
        (WAITING, decided(WAITING, approved=True), ("async_payment_succeeded",)),
        (WAITING, decided(WAITING, approved=False), ("async_payment_failed",)),
        (PAID, {**PAID, "metadata": {"a": "b"}}, ()),
        (EXPIRED, {**EXPIRED, "metadata": {"a": "b"}}, ()),
    ],
)
def test_the_events_of_a_write(before: Any, after: Any, events: tuple[str, ...]) -> None:
    assert events_of(session(before) if before else None, session(after)) == events


@pytest.mark.parametrize(
    "attributes, after, payable",
    [
        (OPEN, timedelta(0), True),
        (OPEN, timedelta(seconds=1799), True),
        (OPEN, timedelta(seconds=1800), False),
        (PAID, timedelta(0), False),
        (EXPIRED, timedelta(0), False),
    ],
)
def test_when_a_session_can_be_paid(attributes: Any, after: timedelta, payable: bool) -> None:
    assert can_be_paid(session(attributes), NOW + after) is payable


@pytest.mark.parametrize("to_be", ["expired", "updated"])
@pytest.mark.parametrize("attributes, status", [(PAID, "complete"), (EXPIRED, "expired")])
def test_what_has_ended_stays(attributes: Any, status: str, to_be: Literal["expired", "updated"]) -> None:
    assert status_of(attributes) == status
    with pytest.raises(Refused) as refused:
        check_is_open(attributes, to_be)
    assert refused.value.detail == (
        f'Only Checkout Sessions with a status in ["open"] can be {to_be}. This Checkout Session has a status of '
        f"`{status}`."
    )


@pytest.mark.parametrize("approved, status", [(True, "paid"), (False, "unpaid")])
def test_the_bank_decides_once(approved: bool, status: str) -> None:
    assert awaits_bank(WAITING)
    after = decided(WAITING, approved=approved)
    assert (awaits_bank(after), after["payment_status"]) == (False, status)
