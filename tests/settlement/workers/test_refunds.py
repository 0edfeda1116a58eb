"""Nights over refunds that take time: each line in the batch of its day, and reports that reconcile to the cent."""

import pytest

from paysandbox.aws import runtime
from paysandbox.payments.accounting import balances, payment_postings
from paysandbox.payments.accounts import merchant_available, merchant_pending
from paysandbox.payments.payment import state_of
from paysandbox.settlement.reports.reading import read_report
from paysandbox.settlement.reports.reconciliation import reconcile
from tests.support.builders import build
from tests.support.builders.build import HOUR
from tests.support.builders.payment_scenario import PaymentScenario, Step, capture, check, refund, run
from tests.support.builders.refund_scenario import does, planned
from tests.support.tools.ledger_audit import audit
from tests.support.worlds.settlement_scenario import SettlementScenario

FIRST, SECOND = "2026-11-16", "2026-11-17"


def happens(scenario: PaymentScenario, *steps: Step) -> None:
    scenario.now = runtime.now()
    run(scenario, *steps)


def settled(settling: SettlementScenario, batch: str) -> list[tuple[str, int, int]]:
    """Settle the night, and return the lines of the report, which must reconcile with the ledger."""
    settling.night()
    assert settling.settle().status == "SUCCEEDED"
    report = read_report(settling.reports()[f"{batch}/{build.MERCHANT}.csv"])
    entries = [entry for entry in settling.entries() if entry.batch == batch]
    found = reconcile(report, entries)
    assert (found.breaks, len(found.matched)) == ((), len(entries))
    audit()
    return sorted((line.kind, line.gross, line.fee) for line in report.lines)


@pytest.mark.full
def test_two_nights_over_refunds_that_take_time(settling: SettlementScenario) -> None:
    slow, fails, never = (settling.payment(amount=10_00) for _ in range(3))
    happens(slow, capture(), planned(1_00))
    happens(fails, capture(), refund(2_00))
    happens(never, capture(), planned(4_00), does("fail"), planned(3_00), does("require_action", 2))

    assert settled(settling, FIRST) == [*[("capture", 10_00, 59)] * 3, ("refund", -2_00, 0)]

    happens(slow, does("succeed"))
    happens(fails, does("fail"))
    happens(never, does("expire", 2))
    assert settled(settling, SECOND) == [("refund", -1_00, 0), ("refund_reversal", 2_00, 0)]

    first, second = (settling.statement(batch).totals["USD"] for batch in (FIRST, SECOND))
    assert (first.gross, first.refunds, first.fees, first.net) == (30_00, 2_00, 1_77, 26_23)
    assert (second.gross, second.refunds, second.fees, second.net) == (0, -1_00, 0, 1_00)
    payments = [scenario.held() for scenario in (slow, fails, never)]
    accounts = balances(posting for payment in payments for posting in payment_postings(payment))
    assert accounts[merchant_pending(build.MERCHANT), "USD"] == 0
    assert -accounts[merchant_available(build.MERCHANT), "USD"] == first.net + second.net == 30_00 - 1_77 - 1_00
    for payment in payments:
        check(payment)
        assert (payment.due_at, payment.unsettled_since) == (None, None)
    assert [state_of(payment).refunded for payment in payments] == [1_00, 0, 0]


@pytest.mark.full
def test_a_night_without_captures_pays_a_reversal_out(settling: SettlementScenario) -> None:
    scenario = settling.payment(amount=10_00)
    happens(scenario, capture(), refund())
    settled(settling, FIRST)
    settling.clock.advance(HOUR)
    happens(scenario, does("fail"))

    assert settled(settling, SECOND) == [("refund_reversal", 10_00, 0)]
    balance = settling.statement(SECOND).balances["USD"]
    assert (balance.opening, balance.net, balance.paid_out, balance.closing) == (-59, 10_00, 9_41, 0)
