"""The postings of the code match the worked example of docs/explanation/money.md."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from paysandbox.aws import runtime
from paysandbox.payments.accounting import Posting, balances, payout_posting, postings
from paysandbox.payments.operations.dispute_decided import DisputeDecided
from paysandbox.payments.operations.dispute_opened import DisputeOpened
from paysandbox.payments.operations.settlement import Settlement
from paysandbox.payments.payment import steps
from tests.support.builders import build
from tests.support.builders.build import HOUR
from tests.support.builders.dispute_scenario import disputed, stepped, submitted
from tests.support.builders.payment_scenario import capture, refund, run, wait
from tests.support.worlds.settlement_scenario import SettlementScenario

PAGE = Path(__file__).resolve().parents[3] / "docs" / "explanation" / "money.md"

Rows = list[tuple[str, Posting]]


@pytest.mark.full
def test_documentation_matches_the_worked_example(settling: SettlementScenario) -> None:
    scenario = settling.payment(amount=20_00)
    run(scenario, capture(15_00), wait(HOUR), refund(5_00, of=1))
    settling.night()
    assert settling.settle().status == "SUCCEEDED"

    rows = [
        (type(step.operation).__name__.lower(), posting)
        for step in steps(scenario.held())
        for posting in postings(step, merchant=build.MERCHANT, currency="USD")
    ]
    paid_out = settling.statement(settling.latest().name).balances["USD"].paid_out
    rows.append(("payout", payout_posting(merchant=build.MERCHANT, currency="USD", amount=paid_out)))

    page = PAGE.read_text()
    for table in (_postings(rows), _balances(posting for _, posting in rows)):
        assert table in page, f"docs/explanation/money.md should have\n\n{table}"


@pytest.mark.full
def test_documentation_matches_the_example_of_a_chargeback(settling: SettlementScenario) -> None:
    scenario = settling.payment(amount=10_00)
    run(scenario, capture())
    settling.night()
    settling.settle()
    before = len(scenario.held().operations)
    for happens in ([disputed()], [submitted(), stepped("win")]):
        scenario.now = runtime.now()
        run(scenario, *happens)
        settling.night()
        assert settling.settle().status == "SUCCEEDED"

    rows = [
        (WORDS[type(step.operation)], posting)
        for step in list(steps(scenario.held()))[before:]
        for posting in postings(step, merchant=build.MERCHANT, currency="USD")
    ]
    # Lines of one moment are settled in the order of their IDs, which says nothing.
    section = PAGE.read_text().partition("## Chargebacks\n")[2].partition("\n## ")[0]
    assert sorted(_lines(section)) == sorted(_lines(_postings(rows)))


WORDS = {DisputeOpened: "dispute", DisputeDecided: "dispute decision", Settlement: "settlement"}


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("|")]


def _postings(rows: Rows) -> str:
    lines = (f"| {step} | `{one.debit}` | `{one.credit}` | {_amount(one.amount)} |" for step, one in rows)
    return _table("| Step | Debit | Credit | Amount |", lines)


def _balances(posted: Iterable[Posting]) -> str:
    totals = balances(posted)
    lines = (f"| `{account}` | {_amount(total)} |" for (account, _), total in sorted(totals.items()))
    return _table("| Account | Balance |", lines)


def _table(head: str, lines: Iterable[str]) -> str:
    def all_lines() -> Iterator[str]:
        yield head
        yield "|" + "---|" * (head.count("|") - 1)
        yield from lines

    return "\n".join(all_lines()) + "\n"


def _amount(minor_units: int) -> str:
    sign = "-" if minor_units < 0 else ""
    return f"{sign}{abs(minor_units) // 100}.{abs(minor_units) % 100:02}"
