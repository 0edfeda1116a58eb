"""Random programs of requests, simulated steps, updates, losses and time: money is never made or lost.

A failing seed is in the test's name.
"""

from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest

from paysandbox.aws import runtime
from paysandbox.core.errors import Refused
from paysandbox.disbursements.disbursement import FINAL, Disbursement, Source, Status
from paysandbox.disbursements.provider_updates import apply_provider_update
from paysandbox.disbursements.steps import Step, canceled_by_merchant, possible_actions, stepped
from paysandbox.disbursements.store.disbursements_table import change
from tests.disbursements.disbursement_scenario import DisbursementScenario
from tests.disbursements.scripted_rail import Lost, ScriptedRail
from tests.support.tools.tiers import seeds
from tests.webhooks.workers.conftest import Clock

OUTCOMES = (None, Step.PAY, Step.FAIL, Step.UNCLAIM, Step.HOLD, Step.BLOCK, Step.RETURN)
THEN = {
    None: (Step.PAY, Step.FAIL, Step.UNCLAIM, Step.HOLD),
    Step.UNCLAIM: (Step.CLAIM, Step.RETURN),
    Step.HOLD: (Step.PAY, Step.FAIL, Step.UNCLAIM, Step.BLOCK),
    Step.BLOCK: (Step.RETURN,),
    Step.PAY: (Step.REVERSE,),
    Step.CLAIM: (Step.REVERSE,),
}
"""What a provider may say after what it said."""
LOST: tuple[Lost, ...] = ("before", "after", "not configured")


class Program:
    """A random history of a merchant's disbursements."""

    def __init__(self, seed: int, scenario: DisbursementScenario, clock: Clock, *, simulates: bool) -> None:
        self.random, self.scenario, self.rail, self.clock = Random(seed), scenario, scenario.rail, clock
        self.every: list[Disbursement] = []
        self.moves: tuple[Callable[[], None], ...] = (
            self.accept,
            self.accept,
            self.deliver,
            self.sweep,
            self.provider,
            self.webhook,
            self.cancel,
            self.wait,
            self.fund,
            *((self.simulate,) if simulates else ()),
        )

    def run(self, length: int) -> None:
        """Make so many moves, and audit the books after each."""
        for _ in range(length):
            self.random.choice(self.moves)()
            self.scenario.audit()

    def one(self) -> Disbursement | None:
        """Return any disbursement as it is now."""
        return self.scenario.now(self.random.choice(self.every)) if self.every else None

    def accept(self) -> None:
        amount, fee = self.random.choice((1, 10_00, 60_00)), self.random.choice((0, 25))
        if amount + fee > self.scenario.balance():
            with pytest.raises(Refused, match="insufficient_balance"):
                self.scenario.accept(amount=amount, fee=fee)
            return
        one = self.scenario.accept(amount=amount, fee=fee)
        self.every.append(one)
        if self.random.random() < 0.7:
            self.deliver(one)

    def deliver(self, one: Disbursement | None = None) -> None:
        """Deliver the record of any disbursement's acceptance, maybe again."""
        one = one or (self.random.choice(self.every) if self.every else None)
        if one is not None:
            self.maybe_lose()
            self.rail.outcome = self.random.choice(OUTCOMES)
            self.scenario.deliver(one)

    def sweep(self) -> None:
        self.maybe_lose()
        self.scenario.sweep()

    def maybe_lose(self) -> None:
        if self.random.random() < 0.4:
            self.rail.lose(self.random.choice(LOST))

    def provider(self) -> None:
        """Something happens at the provider."""
        one = self.one()
        batch = self.rail.batches.get(one.batch_id) if one else None
        if one is not None and batch is not None and batch.step in THEN:
            self.rail.say(one, self.random.choice(THEN[batch.step]))

    def webhook(self) -> None:
        one = self.one()
        if one is not None and one.batch_id in self.rail.batches:
            apply_provider_update(self.scenario.table, one, self.rail.update_of(one), runtime.now())

    def cancel(self) -> None:
        one = self.one()
        if one is None or one.status not in (Status.PENDING, Status.UNCLAIMED):
            return
        after = change(
            self.scenario.table, one, lambda now: canceled_by_merchant(now, runtime.now(), request_id="request-2")
        )
        self.maybe_lose()
        self.scenario.deliver(after, before=one)

    def simulate(self) -> None:
        one = self.one()
        possible = possible_actions(one) if one else []
        if one and possible:
            self.scenario.change(one, stepped(one, self.random.choice(possible), Source.SIMULATED, runtime.now()))

    def wait(self) -> None:
        hours = self.random.choice((0.02, 1, 24, 24 * 10))
        self.clock.advance(timedelta(hours=hours))

    def fund(self) -> None:
        self.scenario.fund(self.random.choice((1, 50_00)))


@pytest.mark.parametrize("seed", seeds(20, fast=2))
def test_fundings_equal_the_balance_plus_held_amounts(
    seed: int, scenario: DisbursementScenario, rail: ScriptedRail, clock: Clock
) -> None:
    Program(seed, scenario, clock, simulates=seed % 2 == 0).run(30)


@pytest.mark.parametrize("seed", seeds(8, fast=0))
def test_every_disbursement_comes_to_an_end(
    seed: int, scenario: DisbursementScenario, rail: ScriptedRail, clock: Clock
) -> None:
    """It is final, paid or not as the provider says, or requires attention, after the provider was silent."""
    program = Program(seed, scenario, clock, simulates=False)
    program.run(20)
    rail.be_silent("before")
    for _ in range(33):
        clock.advance(timedelta(days=2))
        scenario.sweep()
    for one in scenario.every():
        assert one.status in FINAL | {Status.REQUIRES_ATTENTION}
        if one.status is Status.FAILED:
            assert rail.paid[one.batch_id] == 0
