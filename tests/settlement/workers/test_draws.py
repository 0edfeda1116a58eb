"""Draws: what a merchant has moved of settled money is not paid out, whatever happens while the books are closed."""

import json
from collections.abc import Iterator

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from paysandbox.core.errors import Contended
from paysandbox.funds.available_table import read_amounts, read_available, take
from paysandbox.funds.funds_table import add_funding
from paysandbox.funds.store import transact
from paysandbox.funds.tables import funds
from paysandbox.settlement.close import Balance
from settlement import close_books
from tests.support.builders.build import DAY, MERCHANT
from tests.support.builders.disbursements import funding
from tests.support.builders.payment_scenario import capture, refund, run, wait
from tests.support.worlds import table_snapshot
from tests.support.worlds.aws_transport import Deliver, Killed, Sent, Wire
from tests.support.worlds.crash import KILLED_AFTER, KILLED_BEFORE, failures, kills_once
from tests.support.worlds.settlement_scenario import PATIENT, SettlementScenario

CARRIED = 57
"""The net of 0.90 USD, which is below the minimum payout."""


def night(settling: SettlementScenario, amount: int) -> Balance:
    """Capture an amount, and settle it in the night."""
    run(settling.payment(amount=amount), capture(amount))
    settling.night()
    assert settling.settle().status == "SUCCEEDED"
    return settling.statement(settling.latest().name).balances["USD"]


def moved(amount: int) -> bool:
    """Take an amount from what is available. Returns False if it is not there."""
    return not transact(funds().client, [take(funds(), MERCHANT, "USD", amount)])


def available() -> int:
    return read_amounts(funds(), MERCHANT)["USD"]


def begun(settling: SettlementScenario) -> str:
    """Carry 0.57 USD over, capture 10.00 USD, and run the next night until the books are to be closed."""
    assert night(settling, 90).closing == available() == CARRIED
    run(settling.payment(amount=10_00), capture(10_00))
    settling.night()
    steps = settling.steps()
    while next(steps) != "close_books":
        pass
    return settling.latest().name


def test_what_was_moved_is_not_paid_out(settling: SettlementScenario) -> None:
    assert night(settling, 90).closing == available() == CARRIED
    assert moved(50)
    assert not moved(8), "more than is left"
    closed = night(settling, 10_00)
    assert (closed.opening, closed.draws, closed.net, closed.closing) == (CARRIED, 50, 9_41, 0)
    assert closed.paid_out == CARRIED - 50 + 9_41
    assert available() == 0
    assert read_available(funds(), MERCHANT).of["USD"].settled.to_funds == 50


def test_funds_are_moved_first_and_never_paid_out(settling: SettlementScenario) -> None:
    night(settling, 90)
    add_funding(funds(), funding(1, amount=5_00))
    assert moved(4_00)
    closed = night(settling, 10_00)
    assert (closed.draws, closed.paid_out, available()) == (0, CARRIED + 9_41, 1_00)


def test_a_debt_lowers_what_is_available_and_later_sales_fill_it(settling: SettlementScenario) -> None:
    refunded = settling.payment(amount=10_00)
    run(refunded, capture())
    settling.night()
    settling.settle()
    add_funding(funds(), funding(1, amount=12_00))
    run(refunded, wait(DAY), refund())
    settling.night()
    settling.settle()
    assert available() == 2_00
    assert not moved(2_01)
    assert moved(2_00)
    closed = night(settling, 20_00)
    assert (closed.opening, closed.draws, closed.net, closed.paid_out) == (-10_00, 0, 19_12, 9_12)
    assert available() == 10_00, "what was funded and not moved: the debt took it"


def test_events_and_reports_have_draws(settling: SettlementScenario) -> None:
    night(settling, 90)
    moved(50)
    settling.told()
    night(settling, 10_00)
    events = [json.loads(one["body"]) if "body" in one else one for one in settling.told()]
    (completed,) = (one for one in events if one.get("type") == "settlement_completed")
    assert completed["data"]["totals"][0]["draws"] == 50
    report = json.loads(settling.reports()[f"{settling.latest().name}/{MERCHANT}.json"])
    assert [total["draws"] for total in report["totals"]] == [50]


@pytest.fixture
def drawing(settling: SettlementScenario, wire: Wire) -> Iterator[list[int]]:
    """While a statement is stored, these amounts are moved: one before each try."""
    amounts: list[int] = []

    def is_statement(sent: Sent) -> bool:
        return bool(amounts) and sent.operation == "TransactWriteItems" and "opening" in str(sent.parameters)

    def move_first(_: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
        amount = amounts.pop(0)
        assert moved(amount)
        return deliver()

    with wire.broken(move_first, when=is_statement):
        yield amounts


def test_a_draw_while_the_statement_is_stored(settling: SettlementScenario, drawing: list[int]) -> None:
    batch = begun(settling)
    drawing += [10, 20]
    assert close_books.handler({"batch": batch}, PATIENT)["status"] == "done"
    closed = settling.statement(batch).balances["USD"]
    assert (drawing, closed.draws, available()) == ([], 30, 0)


def test_a_merchant_that_never_stops_drawing(settling: SettlementScenario, drawing: list[int]) -> None:
    batch = begun(settling)
    drawing += [1] * 8
    with pytest.raises(Contended):
        close_books.handler({"batch": batch}, PATIENT)
    assert close_books.handler({"batch": batch}, PATIENT)["status"] == "done"
    assert settling.statement(batch).balances["USD"].draws == 8


@pytest.mark.full
@pytest.mark.timeout(600)
def test_books_that_are_killed_at_any_call_count_once(settling: SettlementScenario, wire: Wire) -> None:
    """A draw comes between the death and the next run, which keeps the statement if there is one."""
    batch = begun(settling)
    moved(30)
    before = table_snapshot.take()
    with wire.record() as recorded:
        close_books.handler({"batch": batch}, PATIENT)
    whole = settling.statement(batch).balances["USD"]
    every = failures(recorded, KILLED_BEFORE, KILLED_AFTER, worth=lambda calls: range(len(calls)))
    for failure in kills_once(every):
        table_snapshot.put_back(before)
        with failure.happening(wire), pytest.raises(Killed):
            close_books.handler({"batch": batch}, PATIENT)
        late = moved(10)
        assert close_books.handler({"batch": batch}, PATIENT)["status"] == "done", failure
        closed = settling.statement(batch).balances["USD"]
        assert closed.draws + closed.paid_out == whole.draws + whole.paid_out, failure
        assert closed.draws == (40 if late else 30), failure
        assert available() == 0, failure
