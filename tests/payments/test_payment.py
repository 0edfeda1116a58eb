"""A payment's state is a fold over its operations: the meaning of each status, and the invariants."""

from dataclasses import replace

import pytest

from paysandbox.payments.operations.authorization import Authorization, authorization_of, last_attempt
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.operations.expiry import Expiry
from paysandbox.payments.operations.settlement import Settled
from paysandbox.payments.operations.void import Void
from paysandbox.payments.payment import CONTRACT, Operation, Payment, State, Status, state_of, step_of, steps
from tests.support.builders import build, intents, later_steps
from tests.support.builders.build import MONDAY


def with_remainder_released(payment: Payment, operation: Operation) -> Payment:
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
        (later_steps.CHALLENGED, "requires_action"),
        (later_steps.PENDING, "processing"),
        (later_steps.REVERSED, "reversed"),
        (HALF, "partially_captured"),
        (build.lived(10_00, captures=[5_00, 5_00]), "captured"),
        (build.authorized(10_00, automatic=True), "captured"),
        (with_remainder_released(build.authorized(10_00), VOID), "voided"),
        (with_remainder_released(build.authorized(10_00), EXPIRY), "expired"),
        (with_remainder_released(HALF, VOID), "captured"),  # a captured amount outweighs a released one
        (with_remainder_released(HALF, EXPIRY), "captured"),
        (build.lived(10_00, captures=[5_00], refunds=[(1, 1)]), "partially_refunded"),
        (build.lived(10_00, captures=[5_00], refunds=[(1, 5_00)]), "refunded"),
        (build.lived(10_00, captures=[5_00, 5_00], refunds=[(1, 5_00)]), "partially_refunded"),
        (with_remainder_released(build.lived(10_00, captures=[5_00], refunds=[(1, 5_00)]), VOID), "refunded"),
    ],
)
def test_status(payment: Payment, status: str) -> None:
    assert state_of(payment).status == status


def test_every_status_has_a_row_above() -> None:
    (rows,) = (mark.args[1] for mark in test_status.pytestmark)  # pyright: ignore[reportFunctionMemberAccess] - pytest puts the marks there

    assert {status for _, status in rows} == set(Status)


def test_snapshots_are_found_by_operation() -> None:
    first, second = build.operation_id("cap", 1), build.operation_id("cap", 2)
    payment = build.lived(10_00, captures=[4_00, 1_00])

    step = step_of(payment, second)
    assert step is not None
    assert (step.amount, step.before.captured, step.after.captured) == (1_00, 4_00, 5_00)
    assert [*step.before.captures] == [first]
    assert step_of(payment, build.operation_id("cap", 3)) is None


def test_snapshots_exclude_later_operations() -> None:
    """So the answer rendered from a step stays the same when the payment changes later."""
    payment = build.lived(10_00, captures=[4_00], refunds=[(1, 1_00)])

    for length in range(1, len(payment.operations) + 1):
        earlier = replace(payment, operations=payment.operations[:length])
        assert [*steps(earlier)] == [*steps(payment)][:length]


def test_a_bank_response_without_an_attempt_is_an_internal_error() -> None:
    with pytest.raises(AssertionError, match="has no authorization"):
        _ = authorization_of(intents.opened())


@pytest.mark.parametrize(
    "payment, answers",
    [
        (intents.opened(), 0),
        (intents.lived(intents.opened(), intents.attempt("51")), 1),
        (intents.lived(intents.attempted(code="51"), intents.attempt(number=2, method=intents.CARD)), 2),
    ],
)
def test_the_bank_response_is_that_of_the_last_attempt(payment: Payment, answers: int) -> None:
    attempts = [one for one in payment.operations if isinstance(one, Authorization)]

    assert len(attempts) == answers
    assert last_attempt(payment) == (attempts[-1] if attempts else None)


def test_a_final_capture_releases_the_remainder() -> None:
    operation = Capture(id="cap", request_id="r", at=MONDAY, contract=CONTRACT, final=True)
    state = operation.after(State(authorized=10_00), 4_00)

    assert (state.captured, state.released, state.remaining) == (4_00, 6_00, 0)


def test_an_empty_void_changes_no_total() -> None:
    operation = Void(id="void", request_id="r", at=MONDAY, contract=CONTRACT)
    state = operation.after(State(authorized=10_00, captured=10_00), 0)

    assert (state.captured, state.released, state.remaining) == (10_00, 0, 0)


@pytest.mark.parametrize(
    "payment, name, value",
    [
        (build.authorized(merchant="globex"), "merchant", "globex"),
        (build.authorized(), "open_until", None),
        (replace(build.authorized(), open_until=MONDAY), "open_until", "2026-11-16T09:30:00.000000Z"),
    ],
)
def test_guards_may_name_a_field_of_the_payment(payment: Payment, name: str, value: str | None) -> None:
    assert payment.facts()[name] == value


def test_operations_are_settled_in_one_batch() -> None:
    payment = build.lived(10_00, captures=[4_00])
    (captured,) = payment.captures
    settlement = build.settlement(Settled(captured, 7))
    twice = replace(payment, operations=(*payment.operations, settlement, settlement))
    with pytest.raises(LookupError, match=f"{captured} is already in batch {settlement.batch}"):
        state_of(twice)
