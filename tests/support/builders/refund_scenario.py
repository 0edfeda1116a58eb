"""Refunds that take time, as steps of a payment's scenario (`payment_scenario`).

    run(scenario, capture(4_00), planned(1_00), does("succeed"), does("fail"))

A scenario's refunds are numbered from 1 in order, as its captures are.
"""

from typing import Any, Final

from paysandbox.payments.bank.plan import RefundPlan
from paysandbox.payments.change import Change
from paysandbox.payments.operations.refund import Refund
from paysandbox.payments.payment import CONTRACT, SIMULATED, Payment
from paysandbox.payments.rules.refund import refund, refund_payment
from paysandbox.payments.simulated_action import Stamp
from paysandbox.payments.simulation import simulation
from paysandbox.payments.simulation.planned_refund import refund_as_planned
from tests.support.builders import build
from tests.support.builders.payment_scenario import PaymentScenario, Step, named

PENDING: Final = RefundPlan(pending=True)


def planned(amount: int | None = None, *, of: int | None = None, plan: RefundPlan = PENDING) -> Step:
    """Refund an amount as planned: of capture number `of`, or (None) by the authorization's id."""

    def step(scenario: PaymentScenario) -> Payment:
        operation = build.refund(
            scenario.number(None),
            of=None if of is None else scenario.capture_id(of),
            at=scenario.now,
            payment_id=scenario.payment_id,
        )

        def decide(asked: Refund, current: Payment | None) -> Change:
            return refund(scenario.payment_id, scenario.merchant, asked, amount=amount, currency=None, current=current)

        return scenario.change(lambda current: refund_as_planned(plan, operation, current, decide))

    return named(step, "planned", amount, of=of, plan=None if plan is PENDING else plan)


def spread(amount: int) -> Step:
    """Refund an amount of all captures, as a pending refund."""

    def step(scenario: PaymentScenario) -> Payment:
        operation = build.refund(scenario.number(None), at=scenario.now, payment_id=scenario.payment_id)

        def decide(asked: Refund, current: Payment | None) -> Change:
            return refund_payment(scenario.payment_id, scenario.merchant, asked, amount=amount, current=current)

        return scenario.change(lambda current: refund_as_planned(PENDING, operation, current, decide))

    return named(step, "spread", amount)


def refund_id(payment: Payment, number: int) -> str:
    """Return the id of a refund by its number."""
    return [one.id for one in payment.operations if isinstance(one, Refund)][number - 1]


def does(action: str, of: int = 1, *, source: str | None = SIMULATED, **arguments: Any) -> Step:
    """Let something happen to refund number `of`: simulated, or (source=None) because its time has come."""

    def step(scenario: PaymentScenario) -> Payment:
        key = f"step-{scenario.number(None)}"
        stamp = Stamp(key=key, request_id=key, at=scenario.now, contract=CONTRACT, validity_s=604_800, source=source)

        def decide(current: Payment | None) -> Change:
            payment = current or scenario.held()
            return simulation.step(payment, refund_id(payment, of), action, arguments, stamp)

        return scenario.change(decide)

    return named(step, action, of=of, source=source, **arguments)
