"""Refund captured money: never more than the capture, nor than all captures together.

A refund names a capture (`of=1`: the first), or the authorization in place of its only capture.
"""

import pytest

from paysandbox.core.errors import Code
from paysandbox.core.guard import Guard, Size
from paysandbox.core.ids import REFUND
from paysandbox.payments.change import AMOUNTS, DISPUTE, Change
from paysandbox.payments.operations.dispute_decided import DisputeDecided
from paysandbox.payments.operations.refund import Refund
from paysandbox.payments.payment import CONTRACT, DISPUTE_ROOM, MAX_AMOUNTS, Payment, state_of
from paysandbox.payments.rules.refund import refund_payment
from tests.support.builders import build
from tests.support.builders.build import MONDAY, OTHER_MERCHANT, VALIDITY
from tests.support.builders.disputes import disputed
from tests.support.builders.payment_scenario import (
    AMONG_MANY,
    PaymentScenario,
    Step,
    capture,
    check,
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

ONES = [(1, 1)] * MAX_AMOUNTS

FULL = build.lived(10_00, captures=[1_49], refunds=ONES[:149])
"""Return a payment with the maximum number of operations, and all of its capture refunded."""
ALMOST_FULL = build.lived(10_00, captures=[1_48], refunds=ONES[:148])
BARELY_USED = build.lived(10_00, captures=[1_48], refunds=ONES[:1])
FULL_OF_TWO = build.lived(10_00, captures=[1_48, 1], refunds=ONES[:148])


@pytest.mark.parametrize(
    "payment, given, asked, result",
    [
        (APPROVED, [requested_by(OTHER_MERCHANT)], refund(1_50, of=AMONG_MANY, currency="EUR"), "resource_not_found"),
        (APPROVED, [], refund(1_50, of=AMONG_MANY, currency="EUR"), "currency_mismatch"),
        (APPROVED, [], refund(1_50, of=AMONG_MANY, currency="USD"), "resource_not_found"),
        (FULL, [], refund(1_50, of=AMONG_MANY), "resource_not_found"),
        (FULL, [], refund(1_50, of=1), "too_many_refunds"),
        (ALMOST_FULL, [], refund(1_50, of=1), "already_refunded"),
        (BARELY_USED, [], refund(1_48, of=1), "refund_exceeds_captured"),
        (BARELY_USED, [], refund(1_47, of=1), "refunded"),
    ],
)
def test_by_capture_refusals_by_precedence(
    memory_ledger: MemoryLedger, payment: Payment, given: list[Step], asked: Step, result: str
) -> None:
    """Each row fixes one fault of the row above."""
    scenario = PaymentScenario.open(memory_ledger, payment)
    run(scenario, *given)

    assert outcome(scenario, asked) == result


@pytest.mark.parametrize(
    "payment, given, asked, result",
    [
        (APPROVED, [requested_by(OTHER_MERCHANT)], refund(1_50, currency="EUR"), "resource_not_found"),
        (APPROVED, [], refund(1_50, currency="EUR"), "currency_mismatch"),
        (APPROVED, [], refund(1_50, currency="USD"), "not_captured"),
        (FULL_OF_TWO, [], refund(1_50), "capture_ambiguous"),
        (FULL, [], refund(1_50), "too_many_refunds"),
        (ALMOST_FULL, [], refund(1_50), "already_refunded"),
        (BARELY_USED, [], refund(1_48), "refund_exceeds_captured"),
        (BARELY_USED, [], refund(1_47), "refunded"),
    ],
)
def test_by_authorization_refusals_by_precedence(
    memory_ledger: MemoryLedger, payment: Payment, given: list[Step], asked: Step, result: str
) -> None:
    """Each row fixes one fault of the row above."""
    scenario = PaymentScenario.open(memory_ledger, payment)
    run(scenario, *given)

    assert outcome(scenario, asked) == result


@pytest.mark.parametrize(
    "payment, given, result",
    [
        (DECLINED, [], "not_captured"),
        (APPROVED, [], "not_captured"),
        (APPROVED, [void()], "not_captured"),
        (APPROVED, [wait(VALIDITY)], "not_captured"),
        (APPROVED, [capture()], "refunded"),
        (APPROVED, [capture(4_00)], "refunded"),  # of the captured part; the hold is independent
        (APPROVED, [capture(4_00), void()], "refunded"),
        (APPROVED, [capture(4_00), capture(6_00)], "capture_ambiguous"),
        (CAPTURED_AT_ONCE, [], "refunded"),
        (CAPTURED_AT_ONCE, [wait(10 * VALIDITY)], "refunded"),  # the hold's expiry does not apply to captured money
    ],
)
def test_by_authorization_full_refund_of_the_only_capture(
    memory_ledger: MemoryLedger, payment: Payment, given: list[Step], result: str
) -> None:
    scenario = PaymentScenario.open(memory_ledger, payment)
    run(scenario, *given)

    assert outcome(scenario, refund()) == result


@pytest.mark.parametrize(
    "given, asked, result, refunded",
    [
        ([capture(4_00)], refund(4_00, of=1), "refunded", [4_00]),
        ([capture(4_00)], refund(of=1), "refunded", [4_00]),
        ([capture(4_00)], refund(1, of=1), "partially_refunded", [1]),
        ([capture(4_00)], refund(4_01, of=1), "refund_exceeds_captured", [0]),
        ([capture(4_00), refund(1_00, of=1)], refund(of=1), "refunded", [4_00]),
        ([capture(4_00), refund(of=1)], refund(of=1), "already_refunded", [4_00]),
        ([capture(4_00), capture(6_00)], refund(4_01, of=1), "refund_exceeds_captured", [0, 0]),
        ([capture(4_00), capture(6_00)], refund(of=1), "partially_refunded", [4_00, 0]),
        ([capture(4_00), capture(6_00), refund(of=1)], refund(of=1), "already_refunded", [4_00, 0]),
        ([capture(4_00), capture(6_00), refund(of=1)], refund(of=2), "refunded", [4_00, 6_00]),
        ([capture(4_00), capture(6_00), refund(5_00, of=2)], refund(1_01, of=2), "refund_exceeds_captured", [0, 5_00]),
        ([capture(4_00), capture(6_00), refund(5_00, of=2)], refund(1_00, of=2), "partially_refunded", [0, 6_00]),
    ],
)
def test_by_capture_at_most_that_capture(
    memory_ledger: MemoryLedger, given: list[Step], asked: Step, result: str, refunded: list[int]
) -> None:
    scenario = PaymentScenario.open(memory_ledger, APPROVED)
    run(scenario, *given)

    assert outcome(scenario, asked) == result
    assert [taken.refunded for taken in state_of(scenario.held()).captures.values()] == refunded


@pytest.mark.parametrize(
    "given, asked, result, refunded",
    [
        # By the authorization first: it counts against the only capture, whichever id the next refund uses.
        ([capture(4_00), refund(1_00)], refund(3_01), "refund_exceeds_captured", [1_00]),
        ([capture(4_00), refund(1_00)], refund(3_01, of=1), "refund_exceeds_captured", [1_00]),
        ([capture(4_00), refund(1_00)], refund(3_00, of=1), "refunded", [4_00]),
        ([capture(4_00), refund(1_00)], refund(of=1), "refunded", [4_00]),  # the one exception with three calls
        ([capture(4_00), refund(4_00)], refund(of=1), "already_refunded", [4_00]),
        ([capture(4_00), refund(4_00)], refund(1, of=1), "already_refunded", [4_00]),
        ([capture(4_00), refund(1_00, of=1)], refund(), "refunded", [4_00]),
        ([capture(4_00), refund(1_00, of=1), refund(1_00)], refund(2_01), "refund_exceeds_captured", [2_00]),
        ([capture(4_00), refund(1_00, of=1), refund(1_00)], refund(of=1), "refunded", [4_00]),
        # A second capture follows: the refund still counts against the first alone.
        ([capture(4_00), refund(1_00)], capture(6_00), "partially_refunded", [1_00, 0]),
        ([capture(4_00), refund(1_00), capture(6_00)], refund(1), "capture_ambiguous", [1_00, 0]),
        ([capture(4_00), refund(1_00), capture(6_00)], refund(3_01, of=1), "refund_exceeds_captured", [1_00, 0]),
        ([capture(4_00), refund(1_00), capture(6_00)], refund(of=1), "partially_refunded", [4_00, 0]),
        ([capture(4_00), refund(1_00), capture(6_00)], refund(6_00, of=2), "partially_refunded", [1_00, 6_00]),
        ([capture(4_00), refund(), capture(6_00)], refund(1, of=1), "already_refunded", [4_00, 0]),
        ([capture(4_00), refund(), capture(6_00)], refund(of=2), "refunded", [4_00, 6_00]),
        ([capture(4_00), refund(1_00), capture()], refund(of=1), "partially_refunded", [4_00, 0]),
        ([capture(4_00), refund(1_00), capture(1_00, final=True)], refund(of=2), "partially_refunded", [1_00, 1_00]),
        ([capture(4_00), refund(1_00), void()], refund(of=1), "refunded", [4_00]),
    ],
)
def test_both_ids_of_the_only_capture(
    memory_ledger: MemoryLedger, given: list[Step], asked: Step, result: str, refunded: list[int]
) -> None:
    scenario = PaymentScenario.open(memory_ledger, APPROVED)
    run(scenario, *given)

    assert outcome(scenario, asked) == result
    payment = scenario.held()
    check(payment)
    assert [taken.refunded for taken in state_of(payment).captures.values()] == refunded


def test_a_second_capture_allocates_the_refund_to_the_first(memory_ledger: MemoryLedger) -> None:
    """Refunds by the authorization's id are kept apart from the only capture until there are two."""
    scenario = PaymentScenario.open(memory_ledger, APPROVED)
    run(scenario, capture(4_00), refund(1_00), refund(50))
    assert scenario.held().unallocated_refund == 1_50
    assert [*scenario.held().captures.values()] == [4_00]

    run(scenario, capture(6_00))
    assert scenario.held().unallocated_refund is None
    assert [*scenario.held().captures.values()] == [2_50, 6_00]


@pytest.mark.parametrize(
    "given, asked, detail, refundable, captures",
    [
        (
            [capture(4_00), capture(6_00), refund(1_00, of=1)],
            refund(3_01, of=1),
            "can still be",
            9_00,
            [{"amount": 4_00, "refundable": 3_00}, {"amount": 6_00, "refundable": 6_00}],
        ),
        (
            [capture(4_00), refund(1_00)],
            refund(3_01),
            "can still be",
            3_00,
            [{"amount": 4_00, "refundable": 3_00}],
        ),
        (
            [capture(4_00), refund(1_00)],
            refund(3_01, of=1),
            "can still be",
            3_00,
            [{"amount": 4_00, "refundable": 3_00}],
        ),
        (
            [capture(4_00), capture(6_00)],
            refund(),
            "",
            10_00,
            [{"amount": 4_00, "refundable": 4_00}, {"amount": 6_00, "refundable": 6_00}],
        ),
        ([], refund(), "Void the authorization", 0, []),
        ([capture(4_00)], refund(currency="EUR"), "USD", 4_00, [{"amount": 4_00, "refundable": 4_00}]),
    ],
)
def test_errors_have_the_limits(
    memory_ledger: MemoryLedger,
    given: list[Step],
    asked: Step,
    detail: str,
    refundable: int,
    captures: list[dict[str, int]],
) -> None:
    scenario = PaymentScenario.open(memory_ledger, APPROVED)
    run(scenario, *given)

    refusal = refused(scenario, asked)
    assert refusal is not None
    assert detail in refusal.detail
    assert refusal.possible["refundable"] == refundable
    assert refusal.possible["captures"] == [
        {"transaction_id": capture_id} | numbers
        for capture_id, numbers in zip(scenario.captures, captures, strict=True)
    ]


def test_a_refund_replays_after_later_operations(memory_ledger: MemoryLedger) -> None:
    scenario = PaymentScenario.open(memory_ledger, APPROVED)
    run(scenario, capture(4_00), refund(1_00), refund(1_00, of=1), capture(6_00))
    before = scenario.held()

    run(scenario, refund(1_00, repeated=2), refund(1_00, of=1, repeated=3))
    assert scenario.held() == before


def test_a_hundred_refunds_fit_beside_fifty_captures(memory_ledger: MemoryLedger) -> None:
    scenario = PaymentScenario.open(memory_ledger, build.lived(100_00, captures=[2_00] * 50, refunds=ONES[:99]))

    assert outcome(scenario, refund(1, of=50)) == "partially_refunded"
    assert outcome(scenario, refund(1, of=50)) == "too_many_refunds"


def test_a_refund_makes_a_settled_payment_due_again(memory_ledger: MemoryLedger) -> None:
    scenario = PaymentScenario.open(memory_ledger, CAPTURED_AT_ONCE)
    run(scenario, wait(VALIDITY), refund(1_00))

    assert scenario.held().due_at == scenario.held().unsettled_since == MONDAY  # not settled yet: the first time counts


@pytest.mark.parametrize("captures", [[9_00], [4_00, 5_00]])
def test_a_chargeback_refuses_a_refund_which_would_return_the_money_twice(captures: list[int]) -> None:
    payment = disputed(build.lived(10_00, captures=captures))
    refund_of_all = Refund(id=build.operation_id(REFUND, 9), request_id="refund", at=MONDAY, contract=CONTRACT)
    change = refund_payment(payment.id, payment.merchant, refund_of_all, amount=None, current=payment)
    assert Guard(DISPUTE, "not_exists", None, Code.CHARGE_DISPUTED) in change.guards
    assert not change.fits(payment)


INQUIRED = disputed(build.lived(10_00, captures=[4_00, 5_00]), kind="inquiry")


def refund_of(payment: Payment, amount: int | None) -> Change:
    operation = build.refund(9, at=INQUIRED.operations[-1].at)
    return refund_payment(payment.id, payment.merchant, operation, amount=amount, current=payment)


def test_a_refund_of_several_captures_leaves_room_for_the_disputes_of_the_payment() -> None:
    assert Guard(Size(AMOUNTS), "<", MAX_AMOUNTS - DISPUTE_ROOM, Code.TOO_MANY_REFUNDS) in refund_of(INQUIRED, 1).guards


@pytest.mark.parametrize("amount, ends", [(None, True), (9_00, True), (8_99, False)])
def test_a_refund_of_several_captures_ends_an_inquiry_if_nothing_is_left(amount: int | None, *, ends: bool) -> None:
    change = refund_of(INQUIRED, amount)

    assert [type(step) for step in change.also] == ([DisputeDecided] if ends else [])
    assert change.fits(INQUIRED)
