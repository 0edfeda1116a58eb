"""A change in Python: whether a payment accepts it, and the payment after it."""

from dataclasses import replace
from typing import Any

import pytest

from paysandbox.core.errors import Code
from paysandbox.core.guard import Guard, Path
from paysandbox.payments.change import Change, Minus, Plus, Term, Value
from paysandbox.payments.payment import Payment
from tests.support.builders import build
from tests.support.builders.build import HOUR, MONDAY

PAYMENT = replace(build.lived(10_00, captures=[4_00]), refundable=4_00)
(FIRST,) = PAYMENT.captures
SECOND = build.capture(9, at=MONDAY + HOUR)


def change(assign: dict[Path, Value] | None = None, **parts: Any) -> Change:
    """Return a capture that assigns these fields."""
    told: dict[str, Any] = {"guards": (), "assign": assign or {}} | parts
    return Change(payment_id=PAYMENT.id, merchant=PAYMENT.merchant, operation=SECOND, **told)


@pytest.mark.parametrize(
    "asked, takes",
    [
        (change(), True),
        (replace(change(), merchant=build.OTHER_MERCHANT), False),
        (replace(change(), operation=build.capture(1)), False),  # the payment already has it
        (change(guards=(Guard(("remaining",), ">", 5_99, Code.ALREADY_CAPTURED),)), True),
        (change(guards=(Guard(("remaining",), ">", 6_00, Code.ALREADY_CAPTURED),)), False),
        (
            change(guards=(Guard(("remaining",), ">", 0, None), Guard(("unallocated_refund",), "exists", None, None))),
            False,  # one failed guard is enough
        ),
    ],
)
def test_a_change_applies_if_its_guards_hold(asked: Change, takes: bool) -> None:
    assert asked.fits(PAYMENT) is takes


@pytest.mark.parametrize(
    "value, refundable",
    [
        (7, 7),
        (Term(("remaining",)), 6_00),
        (Term(("captures", FIRST)), 4_00),
        (Term(("unallocated_refund",), absent=5), 5),
        (Plus(Term(("refundable",)), 1), 4_01),
        (Minus(Term(("refundable",)), Term(("captures", FIRST))), 0),
    ],
)
def test_assigned_fields(value: Value, refundable: int) -> None:
    assert change({("refundable",): value}).apply(PAYMENT).refundable == refundable


def test_expressions_read_the_old_payment() -> None:
    """As in a DynamoDB update: no assignment sees the result of another."""
    after = change({("remaining",): Term(("refundable",)), ("refundable",): Term(("remaining",))}).apply(PAYMENT)
    assert (after.remaining, after.refundable) == (PAYMENT.refundable, PAYMENT.remaining)


def test_map_entries_are_merged() -> None:
    after = change({("captures", SECOND.id): 2_00, ("captures", FIRST): Minus(Term(("captures", FIRST)), 1)})
    assert after.apply(PAYMENT).captures == {FIRST: 3_99, SECOND.id: 2_00}
    assert PAYMENT.captures == {FIRST: 4_00}


@pytest.mark.parametrize("since", [None, MONDAY])
def test_times_are_decoded(since: Any) -> None:
    now = "2026-11-17T09:30:00.000000Z"
    after = change({("unsettled_since",): Term(("unsettled_since",), absent=now)})
    expected = since or build.MONDAY + build.DAY
    assert after.apply(replace(PAYMENT, unsettled_since=since)).unsettled_since == expected


def test_removed_fields() -> None:
    assert (
        change(remove=(("unallocated_refund",),)).apply(replace(PAYMENT, unallocated_refund=1_00)).unallocated_refund
        is None
    )


def test_operations_are_appended_and_counted() -> None:
    third = build.capture(10)
    after = change(also=(third,)).apply(PAYMENT)
    assert after.operations == (*PAYMENT.operations, SECOND, third)
    assert after.version == PAYMENT.version + 2


def test_nothing_else_changes() -> None:
    after: Payment = change().apply(PAYMENT)
    assert replace(after, operations=PAYMENT.operations, version=PAYMENT.version) == PAYMENT
