"""A payment's state is a fold over its operations: the meaning of each status, and the invariants."""

from dataclasses import replace

import pytest

from paysandbox.payments.operation import CONTRACT, Authorization, Capture, Expiry, Operation, Settled, Void
from paysandbox.payments.payment import Payment, State, Status, state_of, step_of, steps
from tests.support import build, intents
from tests.support.build import MONDAY


def with_rest_given_back(payment: Payment, operation: Operation) -> Payment:
    return replace(
        payment,
        operations=(*payment.operations, operation),
        version=payment.version + 1,
        amounts={**payment.amounts, operation.id: payment.remaining or 0},
        remaining=0,
    )


VOID = build.void(70)
EXPIRY = Expiry(id=build.operation_id("exp"), request_id="sweep", at=MONDAY, contract=CONTRACT)
HALF = build.lived(10_00, captures=[5_00])


@pytest.mark.parametrize(
    "payment, status",
    [
        (intents.opened(10_00), "pending"),
        (build.authorized(10_00, declined=build.decline()), "declined"),
        (build.authorized(10_00), "approved"),
        (HALF, "partially_captured"),
        (build.lived(10_00, captures=[5_00, 5_00]), "captured"),
        (build.authorized(10_00, automatic=True), "captured"),
        (with_rest_given_back(build.authorized(10_00), VOID), "voided"),
        (with_rest_given_back(build.authorized(10_00), EXPIRY), "expired"),
        (with_rest_given_back(HALF, VOID), "captured"),  # a captured amount outweighs a released one
        (with_rest_given_back(HALF, EXPIRY), "captured"),
        (build.lived(10_00, captures=[5_00], refunds=[(1, 1)]), "partially_refunded"),
        (build.lived(10_00, captures=[5_00], refunds=[(1, 5_00)]), "refunded"),
        (build.lived(10_00, captures=[5_00, 5_00], refunds=[(1, 5_00)]), "partially_refunded"),
        (with_rest_given_back(build.lived(10_00, captures=[5_00], refunds=[(1, 5_00)]), VOID), "refunded"),
    ],
)
def test_status(payment: Payment, status: str) -> None:
    assert state_of(payment).status == status


def test_every_status_has_a_row_above() -> None:
    (rows,) = (mark.args[1] for mark in test_status.pytestmark)  # pyright: ignore[reportFunctionMemberAccess] - pytest puts the marks there

    assert {status for _, status in rows} == set(Status)


def test_a_step_is_found_by_its_operation() -> None:
    first, second = build.operation_id("cap", 1), build.operation_id("cap", 2)
    payment = build.lived(10_00, captures=[4_00, 1_00])

    step = step_of(payment, second)
    assert step is not None
    assert (step.amount, step.before.captured, step.after.captured) == (1_00, 4_00, 5_00)
    assert [*step.before.captures] == [first]
    assert step_of(payment, build.operation_id("cap", 3)) is None


def test_a_step_does_not_see_what_comes_after_it() -> None:
    """So the answer rendered from a step stays the same when the payment changes later."""
    payment = build.lived(10_00, captures=[4_00], refunds=[(1, 1_00)])

    for length in range(1, len(payment.operations) + 1):
        earlier = replace(payment, operations=payment.operations[:length])
        assert [*steps(earlier)] == [*steps(payment)][:length]


def test_a_payment_that_begins_with_no_answer_and_no_intent_is_our_mistake() -> None:
    broken = replace(build.authorized(), operations=(build.capture(),))

    with pytest.raises(AssertionError, match="the first operation of"):
        _ = broken.first


def test_the_answer_of_a_bank_that_nobody_asked_is_our_mistake() -> None:
    with pytest.raises(AssertionError, match="has no authorization"):
        _ = intents.opened().authorization


@pytest.mark.parametrize(
    "payment, answers",
    [
        (intents.opened(), 0),
        (intents.lived(intents.opened(), intents.attempt("51")), 1),
        (intents.lived(intents.attempted(code="51"), intents.attempt(number=2, method=intents.CARD)), 2),
    ],
)
def test_the_last_answer_is_that_of_the_last_attempt(payment: Payment, answers: int) -> None:
    attempts = [one for one in payment.operations if isinstance(one, Authorization)]

    assert len(attempts) == answers
    assert payment.last_attempt == (attempts[-1] if attempts else None)


@pytest.mark.parametrize("operation", [Operation(id="x", request_id="r", at=MONDAY, contract=CONTRACT)])
def test_an_operation_of_no_known_kind_is_our_mistake(operation: Operation) -> None:
    with pytest.raises(AssertionError, match="is not an operation of a payment"):
        State().after(operation, 1)


def test_a_final_capture_releases_what_it_leaves() -> None:
    state = State(authorized=10_00).after(
        Capture(id="cap", request_id="r", at=MONDAY, contract=CONTRACT, final=True), 4_00
    )

    assert (state.captured, state.released, state.remaining) == (4_00, 6_00, 0)


def test_a_void_of_nothing_changes_no_total() -> None:
    state = State(authorized=10_00, captured=10_00).after(
        Void(id="void", request_id="r", at=MONDAY, contract=CONTRACT), 0
    )

    assert (state.captured, state.released, state.remaining) == (10_00, 0, 0)


def test_guards_may_name_the_merchant() -> None:
    assert build.authorized(merchant="globex").facts()["merchant"] == "globex"


def test_what_is_in_a_batch_is_in_no_second_one() -> None:
    payment = build.lived(10_00, captures=[4_00])
    (captured,) = payment.captures
    settlement = build.settlement(Settled(captured, 7))
    twice = replace(payment, operations=(*payment.operations, settlement, settlement))
    with pytest.raises(LookupError, match=f"{captured} is already in batch {settlement.batch}"):
        state_of(twice)
