"""What a refund and its later steps make of the payment, and which events they are."""

from collections.abc import Mapping

import pytest

from paysandbox.core.event_type import EventType
from paysandbox.core.record import replace
from paysandbox.payments.operations.refund import Refund
from paysandbox.payments.operations.refund_updated import RefundUpdated
from paysandbox.payments.payment import CONTRACT, CaptureBalance, LineKind, RefundBalance, SettlementLine, State
from paysandbox.payments.refund_status import RefundStatus
from tests.support.builders.build import MONDAY

CAPTURE_ID, REFUND_ID, UPDATE_ID = "cap_1", "ref_1", "rfu_1"

PENDING, WAITS, SUCCEEDED, FAILED, CANCELED = (
    RefundStatus.PENDING,
    RefundStatus.REQUIRES_ACTION,
    RefundStatus.SUCCEEDED,
    RefundStatus.FAILED,
    RefundStatus.CANCELED,
)


def refunded(
    status: RefundStatus, failure: str | None = None, lines: Mapping[str, SettlementLine] | None = None
) -> State:
    """Return the state of a payment of 10.00 with a refund of 4.00 in this status."""
    pending = 4_00 if status in (PENDING, WAITS) else 0
    refunded = 4_00 if status is SUCCEEDED else 0
    parts = ((CAPTURE_ID, 4_00),)
    return State(
        captures={CAPTURE_ID: CaptureBalance(amount=10_00, pending=pending, refunded=refunded)},
        refunds={REFUND_ID: RefundBalance(amount=4_00, status=status, parts=parts, failure=failure)},
        refund_pending=pending,
        refunded=refunded,
        lines=lines or {},
    )


def updated(status: RefundStatus, reason: str | None = None) -> RefundUpdated:
    return RefundUpdated(
        id=UPDATE_ID, request_id="r", at=MONDAY, contract=CONTRACT, refund_id=REFUND_ID, status=status, reason=reason
    )


LINE = {REFUND_ID: SettlementLine(kind=LineKind.REFUND, gross=-4_00, at=MONDAY)}
REVERSAL = {UPDATE_ID: SettlementLine(kind=LineKind.REFUND_REVERSAL, gross=4_00, at=MONDAY)}


@pytest.mark.parametrize(
    "before, step, after",
    [
        pytest.param(refunded(PENDING), updated(SUCCEEDED), refunded(SUCCEEDED, lines=LINE), id="succeeds"),
        pytest.param(refunded(WAITS), updated(SUCCEEDED), refunded(SUCCEEDED, lines=LINE), id="succeeds after waiting"),
        pytest.param(refunded(PENDING), updated(WAITS), refunded(WAITS), id="waits for the cardholder"),
        pytest.param(refunded(WAITS), updated(PENDING), refunded(PENDING), id="waits no longer"),
        pytest.param(refunded(PENDING), updated(FAILED, "declined"), refunded(FAILED, "declined"), id="fails"),
        pytest.param(refunded(WAITS), updated(CANCELED), refunded(CANCELED), id="is canceled"),
        pytest.param(
            refunded(SUCCEEDED, lines=LINE),
            updated(FAILED, "lost_or_stolen_card"),
            refunded(FAILED, "lost_or_stolen_card", LINE | REVERSAL),
            id="fails after it succeeded",
        ),
    ],
)
def test_the_payment_after_a_step_of_its_refund(before: State, step: RefundUpdated, after: State) -> None:
    assert step.after(before, 4_00) == after


@pytest.mark.parametrize(
    "before, status",
    [
        *((SUCCEEDED, each) for each in (PENDING, WAITS, SUCCEEDED, CANCELED)),
        *((each, status) for each in (FAILED, CANCELED) for status in RefundStatus),
    ],
)
def test_a_refund_that_has_ended_has_no_other_step(before: RefundStatus, status: RefundStatus) -> None:
    with pytest.raises(LookupError, match=f"^{REFUND_ID} is {before} and cannot become {status}$"):
        updated(status).after(refunded(before), 4_00)


@pytest.mark.parametrize(
    "pending, after, event",
    [
        (False, refunded(SUCCEEDED, lines=LINE), EventType.PAYMENT_REFUNDED),
        (True, refunded(PENDING), EventType.REFUND_CREATED),
    ],
)
def test_a_refund_succeeds_at_once_or_is_pending(after: State, event: EventType, *, pending: bool) -> None:
    captured = replace(refunded(FAILED), refunds={})
    refund = Refund(id=REFUND_ID, request_id="r", at=MONDAY, contract=CONTRACT, pending=pending)

    assert refund.after(captured, 4_00) == after
    assert refund.event_type(after) is event
