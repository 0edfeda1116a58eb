"""Expire: releasing uncaptured amounts after the deadline; which payments are checked for it, and until when."""

from dataclasses import replace
from datetime import datetime

import pytest

from paysandbox.payments.change import AMOUNTS, REMAINING, Change, Term
from paysandbox.payments.operations.expiry import Expiry
from paysandbox.payments.payment import CONTRACT, Payment
from paysandbox.payments.rules.expiry import expire, expires_at, is_stale
from tests.payments.rules.test_rules import takes
from tests.support.builders import build
from tests.support.builders.build import MERCHANT, MICROSECOND, MONDAY, PAYMENT_ID, VALIDITY

EXPIRY_ID = build.operation_id("exp")
OVER = MONDAY + VALIDITY
HELD = build.authorized(10_00)


def expiry(at: datetime) -> Change:
    return expire(PAYMENT_ID, MERCHANT, Expiry(id=EXPIRY_ID, request_id="the sweep", at=at, contract=CONTRACT))


@pytest.mark.parametrize(
    "payment, at, taken",
    [
        (HELD, OVER, True),  # expired at the limit itself
        (HELD, OVER + MICROSECOND, True),
        (HELD, OVER - MICROSECOND, False),
        (build.lived(10_00, captures=[9_99]), OVER, True),
        (build.lived(10_00, captures=[10_00]), OVER, False),
        (build.authorized(10_00, declined=build.decline()), OVER, False),
    ],
    ids=["at its end", "after it", "before it", "one cent remains", "nothing remains", "declined"],
)
def test_the_remainder_is_released_after_expiry(payment: Payment, at: datetime, taken: bool) -> None:
    assert takes(payment, expiry(at)) is taken


def test_expiry_records_the_remainder() -> None:
    change = expiry(OVER)
    assert (change.payment_id, change.merchant, change.operation.id) == (PAYMENT_ID, MERCHANT, EXPIRY_ID)
    assert change.assign == {(*AMOUNTS, EXPIRY_ID): Term(REMAINING), REMAINING: 0}


@pytest.mark.parametrize(
    "payment, until",
    [
        (HELD, OVER),
        (build.lived(10_00, captures=[4_00]), OVER),
        (build.lived(10_00, captures=[10_00]), None),
        (build.authorized(10_00, declined=build.decline()), None),
    ],
    ids=["held", "captured in part", "captured", "declined"],
)
def test_latest_time_of_expiry(payment: Payment, until: datetime | None) -> None:
    assert expires_at(payment) == until


@pytest.mark.parametrize(
    "remaining, due, unsettled, stale",
    [
        (0, True, False, True),
        (None, True, False, True),
        (1, True, False, False),
        (0, False, False, False),
        (0, True, True, False),
        (1, True, True, False),
    ],
)
def test_due_times_without_anything_due_are_stale(
    remaining: int | None, due: bool, unsettled: bool, stale: bool
) -> None:
    payment = replace(
        HELD, remaining=remaining, due_at=MONDAY if due else None, unsettled_since=MONDAY if unsettled else None
    )
    assert is_stale(payment) is stale
