"""What is available, after draws and batches: a batch pays out settled money, and never what was funded or moved."""

from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import given, settings, strategies as st

from paysandbox.funds.available import Available, SettledSums
from paysandbox.settlement.close import Balance, Totals, close

OF: tuple[str, str] = ("demo", "USD")


def available(amount: int, *, carried: int = 0, early: int = 0) -> Available:
    return Available(amount=amount, early=early, settled=SettledSums(carried=carried))


@pytest.mark.parametrize(
    "before, early_in_batch, draws",
    [
        pytest.param(available(50, carried=50), 0, 0, id="nothing was moved"),
        pytest.param(available(20, carried=50), 0, 30, id="of what is carried"),
        pytest.param(available(80, carried=50), 0, 0, id="funds are left"),
        pytest.param(available(0, carried=-50), 0, 0, id="funds paid a debt"),
        pytest.param(available(-50, carried=-50), 0, 0, id="a debt"),
        pytest.param(available(0, early=100), 100, 100, id="what the batch has was early, and was moved"),
        pytest.param(available(60, early=100), 100, 40, id="a part of it"),
        pytest.param(available(0, early=100), 0, 0, id="what is early is in a later batch"),
        pytest.param(available(50, early=100, carried=50), 0, 0, id="early money is moved before settled money"),
        pytest.param(available(30, early=100, carried=50), 0, 20, id="then settled money"),
        pytest.param(available(0), 100, 0, id="an early capture that is not entered yet"),
        pytest.param(available(-100), 0, 100, id="an early capture that was moved, and failed"),
    ],
)
def test_what_counts_as_a_draw(before: Available, early_in_batch: int, draws: int) -> None:
    assert before.draws(early_in_batch) == draws


@dataclass
class Merchant:
    """A merchant whose balance anything happens to. Early captures are settled in any order."""

    random: Random
    held: Available = field(default_factory=Available)
    early: list[int] = field(default_factory=list[int])
    captured: list[int] = field(default_factory=list[int])
    total: int = 0
    """What it has in all, pending included."""
    funded: int = 0
    moved: int = 0

    def fund(self) -> None:
        amount = self.random.randint(1, 100)
        self._add(amount)
        self.funded += amount

    def draw(self) -> None:
        """A transfer, say, of what is available at most."""
        if self.held.amount > 0:
            amount = self.random.randint(1, self.held.amount)
            self._add(-amount)
            self.moved += amount

    def capture(self) -> None:
        self.captured.append(self.random.randint(-60, 100))
        self.total += self.captured[-1]

    def capture_early(self) -> None:
        amount = self.random.randint(1, 100)
        self.early.append(amount)
        self._add(amount)
        self.held = Available(amount=self.held.amount, early=self.held.early + amount, settled=self.held.settled)

    def settle(self) -> None:
        self.random.shuffle(self.early)
        cut = self.random.randint(0, len(self.early))
        early, self.early = sum(self.early[:cut]), self.early[cut:]
        net, self.captured = early + sum(self.captured), []
        closed = self._closed(net, self.held.draws(early))
        assert closed.opening + closed.net - closed.draws - closed.paid_out == closed.closing
        self.held = self.held.after_batch(
            net=net, early=early, payout=closed.paid_out, to_funds=closed.to_funds, closing=closed.closing
        )
        self.total -= closed.paid_out
        assert closed.paid_out == 0 or self.held.amount >= 0, "no payout of what is not there"

    def _closed(self, net: int, draws: int) -> Balance:
        totals = {OF: Totals(merchant=OF[0], currency=OF[1], gross=net)}
        openings = {OF: self.held.settled.carried}
        minimum = self.random.choice([1, 50, None])
        return close("2026-11-16", totals, openings, draws={OF: draws}, minimum=minimum)[OF]

    def _add(self, amount: int) -> None:
        self.held = Available(amount=self.held.amount + amount, early=self.held.early, settled=self.held.settled)
        self.total += amount

    def check(self) -> None:
        settled = self.held.settled
        assert self.held.early == sum(self.early)
        assert self.held.amount + sum(self.captured) == self.total
        assert self.held.amount >= min(settled.carried, 0)
        # What was funded is there, or was moved.
        assert self.held.funds + self.moved == self.funded + settled.to_funds


@settings(deadline=None, max_examples=300)
@given(random=st.randoms(use_true_random=False))
def test_any_history(random: Random) -> None:
    merchant = Merchant(random)
    does = (merchant.fund, merchant.draw, merchant.draw, merchant.capture, merchant.capture_early, merchant.settle)
    for _ in range(60):
        random.choice(does)()
        merchant.check()


def test_funds_alone_are_never_paid_out() -> None:
    merchant = Merchant(Random(0))
    merchant.held = available(500, carried=30)
    merchant.total = 500
    closed = merchant._closed(0, merchant.held.draws(0))
    assert closed.opening - closed.paid_out == closed.closing
    assert closed.paid_out in (0, 30)
