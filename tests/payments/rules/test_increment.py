"""Increments: holding more for an authorization. Decided and recorded by the real code."""

import pytest

from paysandbox.core.errors import Code, Refused
from paysandbox.payments.limits import MAX_AMOUNT
from paysandbox.payments.operations.increment import Increment
from paysandbox.payments.payment import MAX_INCREMENTS, Payment, state_of
from tests.support.builders import build
from tests.support.builders.build import HOUR, MICROSECOND, OTHER_MERCHANT, VALIDITY
from tests.support.builders.payment_scenario import (
    PaymentScenario,
    Step,
    capture,
    increment,
    outcome,
    refused,
    requested_by,
    run,
    times,
    void,
    wait,
)
from tests.support.worlds.memory_ledger import MemoryLedger

APPROVED = build.authorized(10_00)
DECLINED = build.authorized(10_00, declined=build.decline())
CAPTURED_AT_ONCE = build.authorized(10_00, automatic=True)
ALL = times(MAX_INCREMENTS, increment(1))


@pytest.mark.parametrize(
    "payment, given, result",
    [
        (DECLINED, [wait(VALIDITY), requested_by(OTHER_MERCHANT)], "resource_not_found"),
        (DECLINED, [wait(VALIDITY)], "payment_declined"),
        (APPROVED, [void(), wait(VALIDITY)], "already_voided"),
        (APPROVED, [capture(), wait(VALIDITY)], "already_captured"),
        (CAPTURED_AT_ONCE, [wait(VALIDITY)], "already_captured"),
        (APPROVED, [*ALL, capture(1), wait(VALIDITY)], "authorization_expired"),
        (APPROVED, [*ALL, capture(1), wait(HOUR)], "partially_captured"),
        (APPROVED, ALL, "too_many_increments"),
        (APPROVED, [*ALL[1:], wait(VALIDITY - MICROSECOND)], "approved"),
    ],
)
def test_refusals_by_precedence(memory_ledger: MemoryLedger, payment: Payment, given: list[Step], result: str) -> None:
    """Each row fixes one fault of the row above."""
    scenario = PaymentScenario.open(memory_ledger, payment)
    run(scenario, *given)

    assert outcome(scenario, increment(1)) == result


@pytest.mark.parametrize(
    "given, authorized, remaining",
    [
        ([increment(5_00)], 15_00, 15_00),
        ([increment(5_00, declined=True)], 10_00, 10_00),
        ([increment(5_00), increment(1, declined=True), increment(1)], 15_01, 15_01),
        ([increment(5_00, currency="USD"), capture(14_99)], 15_00, 1),
        ([increment(5_00), capture(4_00, final=True)], 15_00, 0),
        ([increment(MAX_AMOUNT - 10_00)], MAX_AMOUNT, MAX_AMOUNT),
    ],
)
def test_what_is_authorized(memory_ledger: MemoryLedger, given: list[Step], authorized: int, remaining: int) -> None:
    scenario = PaymentScenario.open(memory_ledger, APPROVED)
    for step in given:
        assert refused(scenario, step) is None
    state = state_of(scenario.held())
    assert (state.authorized, state.remaining) == (authorized, remaining)
    assert scenario.held().capture_before == APPROVED.capture_before


@pytest.mark.parametrize(
    "step, code",
    [(increment(MAX_AMOUNT), Code.AMOUNT_TOO_LARGE), (increment(1, currency="EUR"), Code.CURRENCY_MISMATCH)],
)
def test_other_refusals(memory_ledger: MemoryLedger, step: Step, code: Code) -> None:
    refusal = refused(PaymentScenario.open(memory_ledger, APPROVED), step)
    assert isinstance(refusal, Refused)
    assert refusal.code is code


@pytest.mark.parametrize("declined", [False, True])
def test_a_repeated_increment_changes_nothing(memory_ledger: MemoryLedger, declined: bool) -> None:
    scenario = PaymentScenario.open(memory_ledger, APPROVED)
    run(scenario, increment(5_00, declined=declined))
    before = scenario.held()
    run(scenario, increment(5_00, repeated=1), increment(7_00, declined=not declined, repeated=1))
    assert scenario.held() == before
    assert sum(isinstance(operation, Increment) for operation in before.operations) == 1


def test_the_error_has_the_limit(memory_ledger: MemoryLedger) -> None:
    scenario = PaymentScenario.open(memory_ledger, APPROVED)
    run(scenario, *ALL)

    refusal = refused(scenario, increment(1))
    assert refusal is not None
    assert refusal.detail == f"The amount can be raised {MAX_INCREMENTS} times, declined attempts included."
