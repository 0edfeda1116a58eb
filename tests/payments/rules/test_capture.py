"""Capture all or part of an authorization.

After a refusal the ledger is unchanged; after a success the books balance.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from paysandbox.core.errors import Refused
from paysandbox.payments.change import Change
from paysandbox.payments.operations.expiry import Expiry
from paysandbox.payments.payment import CONTRACT, MAX_CAPTURES, Payment, Status, state_of
from paysandbox.payments.refusals import Verdict, judge, not_found
from paysandbox.payments.rules.capture import capture as capture_rule
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

IN_TIME = VALIDITY - MICROSECOND

APPROVED = build.authorized(10_00)
DECLINED = build.authorized(10_00, declined=build.decline())
CAPTURED_AT_ONCE = build.authorized(10_00, automatic=True)
FORTY_NINE_TIMES = build.lived(10_00, captures=[1] * (MAX_CAPTURES - 1))
FIFTY_TIMES = build.lived(10_00, captures=[1] * MAX_CAPTURES)


def expired() -> Payment:
    """Return a payment whose remainder was released by a sweep, as in later releases."""
    expiry = Expiry(id=build.operation_id("exp"), request_id="sweep", at=MONDAY + VALIDITY, contract=CONTRACT)
    return replace(
        APPROVED,
        operations=(*APPROVED.operations, expiry),
        version=2,
        remaining=0,
        amounts={expiry.id: 10_00},
        due_at=None,
    )


@pytest.mark.parametrize(
    "payment, given, asked, result",
    [
        (
            DECLINED,
            [wait(VALIDITY), requested_by(OTHER_MERCHANT)],
            capture(10_01, currency="EUR"),
            "resource_not_found",
        ),
        (DECLINED, [wait(VALIDITY)], capture(10_01, currency="EUR"), "currency_mismatch"),
        (DECLINED, [wait(VALIDITY)], capture(10_01, currency="USD"), "payment_declined"),
        (APPROVED, [void(), wait(VALIDITY)], capture(10_01), "already_voided"),
        (APPROVED, [capture(4_00), void(), wait(VALIDITY)], capture(10_01), "already_voided"),
        (APPROVED, [capture(10_00), wait(VALIDITY)], capture(10_01), "already_captured"),
        (APPROVED, [capture(4_00, final=True), wait(VALIDITY)], capture(10_01), "already_captured"),
        (FIFTY_TIMES, [wait(VALIDITY)], capture(10_01), "authorization_expired"),
        (FIFTY_TIMES, [wait(IN_TIME)], capture(10_01), "too_many_captures"),
        (FORTY_NINE_TIMES, [wait(IN_TIME)], capture(9_52), "capture_exceeds_authorized"),
        (FORTY_NINE_TIMES, [wait(IN_TIME)], capture(9_51), "captured"),
    ],
)
def test_refusals_by_precedence(
    memory_ledger: MemoryLedger, payment: Payment, given: list[Step], asked: Step, result: str
) -> None:
    """Each row fixes one fault of the row above."""
    scenario = PaymentScenario.open(memory_ledger, payment)
    run(scenario, *given)

    assert outcome(scenario, asked) == result


@pytest.mark.parametrize(
    "authorized, given, asked, result, remaining, released",
    [
        (10_00, [], capture(10_00), "captured", 0, 0),
        (10_00, [], capture(), "captured", 0, 0),  # no amount: all of it
        (10_00, [], capture(final=True), "captured", 0, 0),
        (10_00, [], capture(4_00), "partially_captured", 6_00, 0),
        (10_00, [], capture(4_00, final=True), "captured", 0, 6_00),  # the rest is released
        (10_00, [], capture(1), "partially_captured", 9_99, 0),
        (10_00, [], capture(9_99), "partially_captured", 1, 0),
        (10_00, [], capture(10_01), "capture_exceeds_authorized", 10_00, 0),
        (10_00, [], capture(10_01, final=True), "capture_exceeds_authorized", 10_00, 0),
        (10_00, [capture(4_00)], capture(), "captured", 0, 0),
        (10_00, [capture(4_00)], capture(6_00), "captured", 0, 0),
        (10_00, [capture(4_00)], capture(6_01), "capture_exceeds_authorized", 6_00, 0),
        (10_00, [capture(4_00)], capture(1_00, final=True), "captured", 0, 5_00),
        (10_00, [capture(4_00), refund(4_00, of=1)], capture(6_01), "capture_exceeds_authorized", 6_00, 0),
        (10_00, [capture(4_00), refund(4_00, of=1)], capture(6_00), "partially_refunded", 0, 0),
        (1, [], capture(), "captured", 0, 0),
        (99_999_999, [], capture(99_999_998), "partially_captured", 1, 0),
    ],
)
def test_amounts(
    memory_ledger: MemoryLedger,
    authorized: int,
    given: list[Step],
    asked: Step,
    result: str,
    remaining: int,
    released: int,
) -> None:
    scenario = PaymentScenario.open(memory_ledger, build.authorized(authorized))
    run(scenario, *given)

    assert outcome(scenario, asked) == result
    state = state_of(scenario.held())
    assert (state.remaining, state.released) == (remaining, released)


@pytest.mark.parametrize(
    "after, result",
    [
        (timedelta(0), "captured"),
        (IN_TIME, "captured"),
        (VALIDITY, "authorization_expired"),  # the limit itself is too late
        (VALIDITY + HOUR, "authorization_expired"),
    ],
)
def test_expiry_uses_the_stored_time(memory_ledger: MemoryLedger, after: timedelta, result: str) -> None:
    """No sweep has run: the payment still has an amount remaining."""
    scenario = PaymentScenario.open(memory_ledger, APPROVED)
    run(scenario, wait(after))

    assert outcome(scenario, capture()) == result


def test_an_expired_remainder_is_expired_not_captured(memory_ledger: MemoryLedger) -> None:
    scenario = PaymentScenario.open(memory_ledger, expired())

    assert state_of(scenario.held()).status is Status.EXPIRED
    assert outcome(scenario, capture()) == "authorization_expired"
    assert outcome(scenario, void()) == "authorization_expired"


@pytest.mark.parametrize("final", [False, True])
def test_an_automatic_payment_has_nothing_left_to_capture(memory_ledger: MemoryLedger, final: bool) -> None:
    assert outcome(PaymentScenario.open(memory_ledger, CAPTURED_AT_ONCE), capture(1, final=final)) == "already_captured"


def test_the_fiftieth_capture_is_the_last(memory_ledger: MemoryLedger) -> None:
    scenario = PaymentScenario.open(memory_ledger, FORTY_NINE_TIMES)

    assert outcome(scenario, capture(1)) == "partially_captured"
    assert outcome(scenario, capture(1)) == "too_many_captures"
    assert outcome(scenario, capture(final=True)) == "too_many_captures"
    assert outcome(scenario, void()) == "captured"  # the remainder can always be voided


@pytest.mark.parametrize(
    "given, asked, possible",
    [
        (
            [capture(4_00), refund(1_00, of=1)],
            capture(6_01),
            {"current_status": "partially_refunded", "currency": "USD", "remaining": 6_00, "refundable": 3_00},
        ),
        (
            [capture(4_00)],
            capture(1_00, currency="EUR"),
            {"current_status": "partially_captured", "currency": "USD", "remaining": 6_00, "refundable": 4_00},
        ),
        (
            [wait(VALIDITY)],
            capture(1_00),
            {
                "current_status": "approved",
                "currency": "USD",
                "remaining": 0,  # nothing left to capture
                "refundable": 0,
                "expires_at": "2026-11-23T09:30:00.000000Z",
            },
        ),
        (
            [capture(4_00), void()],
            capture(1_00),
            {"current_status": "captured", "currency": "USD", "remaining": 0, "refundable": 4_00},
        ),
    ],
)
def test_errors_have_the_limits(
    memory_ledger: MemoryLedger, given: list[Step], asked: Step, possible: dict[str, object]
) -> None:
    scenario = PaymentScenario.open(memory_ledger, APPROVED)
    run(scenario, *given)

    refusal = refused(scenario, asked)
    assert refusal is not None
    assert refusal.possible == possible


def test_the_detail_of_an_excess_has_the_amount_in_major_units(memory_ledger: MemoryLedger) -> None:
    """1500 minor units are not read as 1,500 dollars."""
    scenario = PaymentScenario.open(memory_ledger, build.authorized(15_00))
    refusal = refused(scenario, capture(16_00))
    assert refusal is not None
    assert refusal.detail == "15.00 USD remains to be captured."


@pytest.mark.parametrize(
    "payment_id, merchant", [(build.ANOTHER_PAYMENT_ID, build.MERCHANT), (build.PAYMENT_ID, OTHER_MERCHANT)]
)
@pytest.mark.parametrize("asked", [capture(1), capture(), void(), refund(), refund(1, of=1)])
def test_missing_and_foreign_payments_get_the_same_error(
    memory_ledger: MemoryLedger, asked: Step, payment_id: str, merchant: str
) -> None:
    """The answer does not reveal whether an id exists."""
    scenario = PaymentScenario.open(memory_ledger, APPROVED)
    run(scenario, capture(4_00))

    refusal = refused(PaymentScenario(scenario.books, payment_id, merchant, MONDAY), asked)
    assert refusal is not None
    assert (refusal.code, refusal.detail, refusal.possible) == ("resource_not_found", not_found().detail, {})


def test_a_capture_replays_after_later_operations(memory_ledger: MemoryLedger) -> None:
    """The same id again is the same capture: it is neither refused, as a new one would be now, nor recorded again."""
    scenario = PaymentScenario.open(memory_ledger, APPROVED)
    run(scenario, capture(4_00), void(), wait(VALIDITY))
    before = scenario.held()

    run(scenario, capture(4_00, repeated=1))
    run(scenario, capture(9_99, currency="EUR", repeated=1))  # the idempotency record compares bodies, not the update
    assert scenario.held() == before


def test_a_replay_captures_nothing_more(memory_ledger: MemoryLedger) -> None:
    """Even though as much remains."""
    scenario = PaymentScenario.open(memory_ledger, APPROVED)
    run(scenario, capture(4_00))

    assert outcome(scenario, capture(4_00, repeated=1)) == "partially_captured"
    assert state_of(scenario.held()).captured == 4_00


def test_another_merchant_cannot_replay(memory_ledger: MemoryLedger) -> None:
    scenario = PaymentScenario.open(memory_ledger, APPROVED)
    run(scenario, capture(4_00), requested_by(OTHER_MERCHANT))

    assert outcome(scenario, capture(4_00, repeated=1)) == "resource_not_found"


def test_captures_and_refunds_move_no_due_time(memory_ledger: MemoryLedger) -> None:
    """A payment is due from its creation on. Each move would be two writes to the index."""
    scenario = PaymentScenario.open(memory_ledger, APPROVED)
    assert scenario.held().due_at == MONDAY

    run(scenario, wait(HOUR), capture(1_00), wait(HOUR), capture(1_00), wait(HOUR), refund(1_00, of=1))
    assert (scenario.held().due_at, scenario.held().unsettled_since) == (MONDAY, MONDAY + HOUR)


def test_an_unexplained_condition_failure_is_an_internal_error() -> None:
    change = capture_rule(APPROVED.id, APPROVED.merchant, build.capture(), amount=1_00, currency=None)

    with pytest.raises(AssertionError, match="passes every guard"):
        judge(change, APPROVED)


def test_a_repeated_decision_uses_the_current_payment() -> None:
    """A first decision cannot know of refunds by the authorization's id, so the rules decide again."""
    current = replace(build.lived(10_00, captures=[4_00]), refundable=3_00, unallocated_refund=1_00)

    def decide(amount: int, known: Payment | None) -> Change:
        return capture_rule(current.id, current.merchant, build.capture(9), amount=amount, currency=None, current=known)

    assert judge(decide(6_00, None), current) is Verdict.AGAIN
    with pytest.raises(Refused, match="capture_exceeds_authorized"):
        judge(decide(6_01, None), current)
    with pytest.raises(AssertionError, match="passes every guard"):
        judge(decide(6_00, current), current)
