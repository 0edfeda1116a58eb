"""Void: releasing the uncaptured amount. Decided and recorded by the real code."""

import pytest

from paysandbox.payments.payment import MAX_AMOUNTS, Payment, state_of
from tests.support.builders import build
from tests.support.builders.build import HOUR, MICROSECOND, MONDAY, OTHER_MERCHANT, VALIDITY
from tests.support.builders.payment_scenario import (
    PaymentScenario,
    Step,
    capture,
    outcome,
    refund,
    refused,
    requested_by,
    run,
    void,
    wait,
)
from tests.support.worlds.memory_ledger import MemoryLedger

APPROVED = build.authorized(10_00)
DECLINED = build.authorized(10_00, declined=build.decline())
CAPTURED_AT_ONCE = build.authorized(10_00, automatic=True)


@pytest.mark.parametrize(
    "payment, given, result",
    [
        (DECLINED, [wait(VALIDITY), requested_by(OTHER_MERCHANT)], "resource_not_found"),
        (DECLINED, [wait(VALIDITY)], "payment_declined"),
        (APPROVED, [void(), wait(VALIDITY)], "already_voided"),
        (APPROVED, [capture(), wait(VALIDITY)], "already_captured"),
        (CAPTURED_AT_ONCE, [wait(VALIDITY)], "already_captured"),
        (APPROVED, [wait(VALIDITY)], "authorization_expired"),
        (APPROVED, [wait(VALIDITY - MICROSECOND)], "voided"),
    ],
)
def test_refusals_by_precedence(memory_ledger: MemoryLedger, payment: Payment, given: list[Step], result: str) -> None:
    """Each row fixes one fault of the row above."""
    scenario = PaymentScenario.open(memory_ledger, payment)
    run(scenario, *given)

    assert outcome(scenario, void()) == result


@pytest.mark.parametrize(
    "given, result, captured, released",
    [
        ([], "voided", 0, 10_00),
        ([capture(4_00)], "captured", 4_00, 6_00),  # the captured part stays
        ([capture(4_00), refund(of=1)], "refunded", 4_00, 6_00),
        ([capture(4_00), refund(1_00, of=1)], "partially_refunded", 4_00, 6_00),
        ([capture(9_99)], "captured", 9_99, 1),
    ],
)
def test_released_amount(
    memory_ledger: MemoryLedger, given: list[Step], result: str, captured: int, released: int
) -> None:
    scenario = PaymentScenario.open(memory_ledger, APPROVED)
    run(scenario, *given)

    assert outcome(scenario, void()) == result
    state = state_of(scenario.held())
    assert (state.captured, state.released, state.remaining) == (captured, released, 0)


def test_a_void_after_everything_was_captured_points_at_the_refund(memory_ledger: MemoryLedger) -> None:
    scenario = PaymentScenario.open(memory_ledger, APPROVED)
    run(scenario, capture())

    refusal = refused(scenario, void())
    assert refusal is not None
    assert "refund a capture" in refusal.detail
    assert refusal.possible == {
        "current_status": "captured",
        "currency": "USD",
        "remaining": 0,
        "refundable": 10_00,
    }


def test_a_void_replays(memory_ledger: MemoryLedger) -> None:
    scenario = PaymentScenario.open(memory_ledger, APPROVED)
    run(scenario, void())
    before = scenario.held()

    run(scenario, wait(VALIDITY), void(repeated=1))
    assert scenario.held() == before


def test_a_void_keeps_the_due_time(memory_ledger: MemoryLedger) -> None:
    scenario = PaymentScenario.open(memory_ledger, APPROVED)
    run(scenario, wait(HOUR), void())

    assert scenario.held().due_at == MONDAY
    assert scenario.held().unsettled_since is None


def test_a_full_payment_can_be_voided(memory_ledger: MemoryLedger) -> None:
    """The operation limit never keeps a cardholder's money."""
    scenario = PaymentScenario.open(
        memory_ledger, build.lived(10_00, captures=[9_00], refunds=[(1, 1)] * (MAX_AMOUNTS - 1))
    )

    assert outcome(scenario, refund(1, of=1)) == "too_many_refunds"
    assert outcome(scenario, void()) == "partially_refunded"
