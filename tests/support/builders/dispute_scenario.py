"""Disputes, as steps of a payment's scenario (`payment_scenario`).

    run(scenario, capture(4_00), disputed(1_00), submitted("winning_evidence"), stepped("win"))

All steps but the first are of the latest dispute.
"""

from collections.abc import Callable
from typing import Any, Final

from paysandbox.payments.change import Change
from paysandbox.payments.disputes import rules as dispute_rules
from paysandbox.payments.disputes.fees import DisputeFees
from paysandbox.payments.payment import CONTRACT, SIMULATED, Payment, state_of
from paysandbox.payments.simulated_action import Stamp
from paysandbox.payments.simulation import simulation
from tests.support.builders.payment_scenario import PaymentScenario, Step, named

FEES: Final = DisputeFees(default=15_00)


def disputed(amount: int | None = None, **arguments: Any) -> Step:
    """Let the cardholder dispute an amount: `reason`, `kind`, `due_in`."""
    arguments |= {} if amount is None else {"amount": amount}

    def decide(payment: Payment, stamp: Stamp) -> Change:
        return simulation.step(payment, payment.id, "dispute", arguments, stamp)

    return named(_step(decide), "disputed", **arguments)


def stepped(action: str) -> Step:
    """Let something happen to the latest dispute."""

    def decide(payment: Payment, stamp: Stamp) -> Change:
        return simulation.step(payment, _latest(payment), action, {}, stamp)

    return named(_step(decide), action)


def submitted(*texts: str) -> Step:
    """Submit evidence in the latest dispute."""

    def decide(payment: Payment, stamp: Stamp) -> Change:
        return dispute_rules.submit(payment, _latest(payment), digest="0" * 64, texts=texts, stamp=stamp)

    return named(_step(decide, source=None), "submitted", *texts)


def accepted() -> Step:
    """Accept the latest dispute."""

    def decide(payment: Payment, stamp: Stamp) -> Change:
        return dispute_rules.accept(payment, _latest(payment), stamp)

    return named(_step(decide, source=None), "accepted")


def _latest(payment: Payment) -> str:
    """Return the ID of the latest dispute, or one that does not exist."""
    return [*state_of(payment).disputes, "du_none"][-2:][0]


def _step(decide: Callable[[Payment, Stamp], Change], source: str | None = SIMULATED) -> Step:
    def step(scenario: PaymentScenario) -> Payment:
        key = f"dispute-{scenario.number(None)}"
        stamp = Stamp(
            key=key,
            request_id=key,
            at=scenario.now,
            contract=CONTRACT,
            validity_s=604_800,
            source=source,
            dispute_fees=FEES,
        )
        return scenario.change(lambda current: decide(current or scenario.held(), stamp))

    return step
