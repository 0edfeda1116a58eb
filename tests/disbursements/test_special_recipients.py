"""Recipients and amounts for which the simulator of PayPal does something special."""

from datetime import timedelta

import pytest

from paysandbox.disbursements.paypal.special_recipients import (
    PAID,
    SPECIAL_RECIPIENTS,
    ItemStatus,
    item_statuses,
    special_recipient,
)
from paysandbox.disbursements.paypal.statuses import ITEM_STATUSES


@pytest.mark.parametrize(
    "email, amount, name",
    [
        ("unclaimed@example.com", 12_50, "unclaimed"),
        ("UNCLAIMED@example.com", 12_50, "unclaimed"),
        ("unclaimed+7@example.com", 12_50, "unclaimed"),
        ("jane@example.com", 12_61, "unclaimed"),
        ("jane@example.com", 61, "unclaimed"),
        ("held@example.com", 12_61, "held"),
        ("jane@example.com", 12_50, None),
        ("jane.unclaimed@example.com", 12_50, None),
        ("not-held@example.com", 12_50, None),
    ],
)
def test_the_address_decides_then_the_amount(email: str, amount: int, name: str | None) -> None:
    row = special_recipient(email, amount)
    assert (row.name if row else None) == name


@pytest.mark.parametrize(
    "email, code",
    [
        ("failed@example.com", "RECEIVER_ACCOUNT_LOCKED"),
        ("failed+RECEIVER_UNCONFIRMED@example.com", "RECEIVER_UNCONFIRMED"),
        ("failed+nonsense@example.com", "RECEIVER_ACCOUNT_LOCKED"),
    ],
)
def test_the_address_sets_the_code(email: str, code: str) -> None:
    assert item_statuses(email, 12_50) == (ItemStatus(after=timedelta(), status="FAILED", code=code),)


def test_every_other_recipient_is_paid() -> None:
    assert item_statuses("jane@example.com", 12_50) == PAID


def test_every_row_is_its_own() -> None:
    assert len({row.name for row in SPECIAL_RECIPIENTS}) == len(SPECIAL_RECIPIENTS)
    assert len({row.cents for row in SPECIAL_RECIPIENTS}) == len(SPECIAL_RECIPIENTS)
    for row in SPECIAL_RECIPIENTS:
        assert bool(row.statuses) != (row.trouble is not None), "an outcome or a trouble"
        assert {one.status for one in row.statuses} <= ITEM_STATUSES
        assert [one.after for one in row.statuses] == sorted(one.after for one in row.statuses)


def test_usual_amounts_have_no_effect() -> None:
    assert {row.cents for row in SPECIAL_RECIPIENTS}.isdisjoint({0, 1, 5, 10, 20, 25, 49, 50, 75, 90, 95, 99})
