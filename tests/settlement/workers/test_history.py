"""Any history over the real workers: `tests/settlement/test_settlement_history.py`, with tables instead of memory.

Few examples: a run takes a second here.
"""

import contextlib
from collections import Counter
from random import Random

import pytest

from paysandbox.aws import runtime
from paysandbox.core.errors import Refused
from paysandbox.payments.accounting import balances, payment_postings
from paysandbox.payments.accounts import DISPUTE_FEE_INCOME, merchant_available, merchant_pending
from paysandbox.payments.audit import Books
from paysandbox.payments.disputes import steps as dispute_steps
from paysandbox.payments.ledger.items import payment_from
from paysandbox.payments.payment import state_of
from paysandbox.payments.simulation.refund_steps import ACTIONS
from paysandbox.settlement.close import totals_of
from paysandbox.settlement.reports.reading import read_report
from tests.support.builders.build import HOUR
from tests.support.builders.dispute_scenario import accepted, disputed, stepped, submitted
from tests.support.builders.payment_scenario import PaymentScenario, capture, check, refund, void
from tests.support.builders.refund_scenario import does, planned
from tests.support.tools.tiers import seeds
from tests.support.worlds import aws_transport as on_the_wire, table_snapshot
from tests.support.worlds.aws_transport import Killed, Wire
from tests.support.worlds.settlement_scenario import MERCHANTS, SettlementScenario
from tests.webhooks.workers.conftest import Clock


@pytest.mark.full
@pytest.mark.untraced
@pytest.mark.parametrize("seed", seeds(20, fast=1))
def test_any_history_adds_up(seed: int, clock: Clock, wire: Wire) -> None:
    dice, settling, desks = Random(seed), SettlementScenario(clock), list[PaymentScenario]()
    for _ in range(3):
        for _ in range(3):
            merchant, currency = dice.choice(MERCHANTS), dice.choice(["USD", "JPY"])
            desks.append(settling.payment(amount=dice.choice([50, 10_00]), merchant=merchant, currency=currency))
        for _ in range(8):
            operate(dice, dice.choice(desks))
        clock.advance(dice.choice([1, 20]) * HOUR)
        limit = dice.choice([10_000, dice.randrange(120)])
        killed = wire.broken(on_the_wire.killed_after, when=lambda sent, n=limit: sent.call == n)
        with killed, contextlib.suppress(Killed):
            settling.settle(dice.choice([{}, {"cutoff": "now"}]))
    clock.advance(24 * HOUR)
    assert settling.settle({"cutoff": "now"}).status == "SUCCEEDED"
    hold_together(settling)
    before = settling.story()
    settling.settle({"cutoff": settling.latest().batch.cutoff.isoformat()})
    assert settling.story() == before


def operate(dice: Random, scenario: PaymentScenario) -> None:
    scenario.now = runtime.now()
    amounts = [None, 1, 20]
    state = state_of(scenario.held())
    refunds = len(state.refunds)
    steps = [
        capture(dice.choice(amounts)),
        capture(5),
        refund(dice.choice(amounts)),
        planned(dice.choice(amounts)),
        void(),
        disputed(dice.choice(amounts)),
        disputed(kind="inquiry"),
    ]
    if state.disputes:
        steps += [submitted(), submitted(), submitted(), accepted()]
        steps += [stepped(action.name) for action in dispute_steps.ACTIONS[1:]]
    if refunds:
        steps += [does(action.name, dice.randint(1, refunds)) for action in ACTIONS]
    with contextlib.suppress(Refused):
        dice.choice(steps)(scenario)


def hold_together(settling: SettlementScenario) -> None:
    payments = [
        payment_from(item) for item in table_snapshot.items() if item["transaction_id"]["S"].startswith("auth_")
    ]
    books = Books()
    for payment in payments:
        check(payment)
        assert list(books.take(payment)) == []
        assert payment.unsettled_since is None
    entries = settling.entries()
    assert len({entry.operation_id for entry in entries}) == len(entries)
    accounts = balances(posting for payment in payments for posting in payment_postings(payment))
    nets: Counter[tuple[str, str]] = Counter()
    pending: Counter[tuple[str, str]] = Counter()
    for payment in payments:
        pending[payment.merchant, payment.currency] += state_of(payment).refund_pending
    for name, data in settling.reports().items():
        if name.endswith(".csv"):
            report = read_report(data)
            assert report.faults == ()
            nets.update({(report.merchant, line.currency): 0 for line in report.lines})
            for line in report.lines:
                nets[report.merchant, line.currency] += line.net
    assert {of: total.net for of, total in totals_of(entries).items()} == dict(nets)
    dispute_fees: Counter[str] = Counter()
    for (_, currency), total in totals_of(entries).items():
        dispute_fees[currency] += total.dispute_fees
    for currency, fees in dispute_fees.items():
        assert -accounts[DISPUTE_FEE_INCOME, currency] == fees
    for (merchant, currency), net in nets.items():
        assert accounts[merchant_pending(merchant), currency] == pending[merchant, currency]
        assert -accounts[merchant_available(merchant), currency] == net
