"""Disputes that are planned with the authorization: when they open, of which capture, and how much they take. Pure."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

import pytest

from paysandbox.core.errors import Code, Refused
from paysandbox.payments.audit import breaks_of
from paysandbox.payments.bank import acquirer
from paysandbox.payments.bank.outcome import Outcomes
from paysandbox.payments.payment import Payment, state_of
from paysandbox.payments.plan_rules import with_plan
from paysandbox.payments.rules.capture import capture as capture_rule
from paysandbox.payments.rules.refund import refund as refund_rule
from paysandbox.payments.simulation import simulation
from paysandbox.payments.timers.steps import is_performed, open_timers, timer_change
from paysandbox.payments.timers.timer import StoredTimer, timers_of
from tests.support.builders import build, disputes
from tests.support.builders.build import DAY, HOUR, MONDAY, VISA

PLAN: Final = "dispute=product_not_received"


def planned(plan: str = PLAN, *, automatic: bool = False) -> Payment:
    """Return a new payment of 10.00 with a plan, as the store puts it."""
    asked = acquirer.AuthorizationRequest(number=VISA, amount=10_00, requested=Outcomes(plan=plan))
    answered = acquirer.answer(asked, accept_any_card=False)
    return kept_open(with_plan(build.authorized(10_00, automatic=automatic), answered))


def kept_open(payment: Payment) -> Payment:
    due = [timer.at for timer in timers_of(payment)]
    return replace(payment, open_until=max(due, default=None))


def captured(payment: Payment, number: int = 1, amount: int | None = None, at: datetime = MONDAY) -> Payment:
    capture = build.capture(number, at=at)
    change = capture_rule(payment.id, payment.merchant, capture, amount=amount, currency=None, current=payment)
    return disputes.after(payment, change)


def failed(payment: Payment, number: int = 1) -> Payment:
    capture_id = build.operation_id("cap", number)
    mark = disputes.stamp(f"fail {number}", payment.operations[-1].at)
    return disputes.after(payment, simulation.step(payment, capture_id, "fail", {}, mark))


def refunded(payment: Payment, amount: int | None = None) -> Payment:
    refund = build.refund(9, at=MONDAY)
    change = refund_rule(payment.id, payment.merchant, refund, amount=amount, currency=None, current=payment)
    return disputes.after(payment, change)


def of_dispute(payment: Payment) -> list[StoredTimer]:
    """Return the timers that open a dispute."""
    return [timer for timer in timers_of(payment) if timer.step == "dispute"]


def fired(payment: Payment, place: int = 0) -> Payment:
    """Let a timer open its dispute."""
    return disputes.after(payment, timer_change(payment, of_dispute(payment)[place], validity_s=0))


@pytest.mark.parametrize(
    "plan, reason, status, after",
    [
        ("dispute=fraudulent", "fraudulent", "needs_response", HOUR),
        ("dispute=duplicate:86400", "duplicate", "needs_response", DAY),
        ("dispute=inquiry", "fraudulent", "warning_needs_response", HOUR),
        ("dispute=inquiry:86400", "fraudulent", "warning_needs_response", DAY),
        ("dispute=several:86400", "fraudulent", "needs_response", DAY),
        ("dispute=compelling_evidence", "fraudulent", "needs_response", HOUR),
        ("dispute=compliance", "noncompliant", "needs_response", HOUR),
    ],
)
@pytest.mark.parametrize("automatic", [False, True])
def test_a_dispute_opens_after_its_time(plan: str, reason: str, status: str, after: object, automatic: bool) -> None:
    payment = planned(plan, automatic=automatic)
    payment = fired(payment if automatic else captured(payment))
    dispute = disputes.latest(payment)
    amount = 5_00 if "several" in plan else 10_00
    assert (dispute.reason, dispute.status, dispute.amount) == (reason, status, amount)
    assert dispute.opened_at - MONDAY == after
    assert dispute.due_by - dispute.opened_at == 10 * DAY
    assert payment.operations[-1].source is None
    assert breaks_of(payment) == ()


@pytest.mark.parametrize(
    "after_capture, taken",
    [
        (lambda payment: captured(payment, 2, 6_00), [("cap", 1, 4_00), ("cap", 2, 6_00)]),
        (lambda payment: refunded(payment, 1_00), [("cap", 1, 3_00)]),
        (lambda payment: captured(payment, 2, 6_00, at=MONDAY + 2 * HOUR), [("cap", 1, 4_00), ("cap", 2, 6_00)]),
    ],
    ids=["two captures", "refunded in part", "performed after a later capture"],
)
def test_it_takes_the_refundable_amount_oldest_capture_first(
    after_capture: Callable[[Payment], Payment], taken: list[tuple[str, int, int]]
) -> None:
    payment = fired(after_capture(captured(planned(), 1, 4_00)))
    parts = disputes.latest(payment).parts
    assert parts == tuple((build.operation_id(kind, number), amount) for kind, number, amount in taken)
    assert breaks_of(payment) == ()


@pytest.mark.parametrize(
    "instead",
    [
        refunded,
        failed,
        lambda payment: disputes.disputed(payment, at=MONDAY),
        lambda payment: captured(failed(payment), 2),
        fired,
    ],
    ids=["refunded", "capture failed", "disputed", "another capture after the failure", "opened before"],
)
def test_it_is_refused_if_the_capture_has_no_money_to_dispute(instead: Callable[[Payment], Payment]) -> None:
    payment = captured(planned())
    (timer,) = of_dispute(payment)
    after = instead(payment)
    with pytest.raises(Refused) as caught:
        timer_change(after, timer, validity_s=0)
    assert caught.value.code is Code.SIMULATION_NOT_ALLOWED
    assert timer not in [*open_timers(after)]


def test_after_a_failed_capture_the_next_one_is_disputed() -> None:
    payment = captured(failed(captured(planned())), 2, at=MONDAY + HOUR)
    first, second = of_dispute(payment)
    assert [*open_timers(payment)] == [second]
    assert (first.at, second.at) == (MONDAY + HOUR, MONDAY + 2 * HOUR)
    assert disputes.latest(fired(payment, 1)).parts == ((build.operation_id("cap", 2), 10_00),)


def test_of_two_captures_at_once_the_first_is_disputed() -> None:
    """Each was decided before the other was recorded, so that each started a timer."""
    payment = planned()
    changes = [
        capture_rule(payment.id, payment.merchant, build.capture(number), amount=4_00, currency=None, current=payment)
        for number in (1, 2)
    ]
    for change in changes:
        payment = disputes.after(payment, change)
    first, second = of_dispute(payment)
    assert [*open_timers(payment)] == [first]
    over = disputes.accepted(fired(payment))
    assert is_performed(over, first)
    assert second not in [*open_timers(over)]
    assert len(state_of(over).disputes) == 1


def test_opening_it_again_changes_nothing() -> None:
    payment = captured(planned())
    (timer,) = of_dispute(payment)
    first, again = timer_change(payment, timer, validity_s=0), timer_change(payment, timer, validity_s=0)
    assert first == again
    assert not again.fits(disputes.after(payment, first))
