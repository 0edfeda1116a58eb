"""Payouts that are kept as funds: each becomes one funding, whatever happens to the run or to the setting."""

import json
import random
from collections.abc import Sequence

import pytest

from paysandbox.aws.schema import MERCHANT_FUNDS
from paysandbox.core import ids
from paysandbox.core.payout_destination import PayoutDestination
from paysandbox.disbursements.funds_audit import PayoutToFunds
from paysandbox.disbursements.funds_scan import audit_funds
from paysandbox.disbursements.steps import TABLE, row_of, stepped
from paysandbox.disbursements.store import tables as disbursement_tables
from paysandbox.disbursements.store.disbursements_table import accept, put_after
from paysandbox.funds import tables as funds_tables
from paysandbox.funds.funding import Funding, FundingSource
from paysandbox.funds.funds_table import add_funding, read_balances, read_fundings
from paysandbox.payments.merchant_settings import change_choices
from paysandbox.payments.simulation.settings import merchant_settings
from paysandbox.settlement import tables as settlement_tables
from paysandbox.settlement.batches import statements_of
from settlement import close_batch, close_books
from tests.support.builders import build
from tests.support.builders.build import HOUR
from tests.support.builders.disbursements import accepted, funding
from tests.support.builders.payment_scenario import capture, run
from tests.support.tools.tiers import seeds
from tests.support.worlds import table_snapshot, tables
from tests.support.worlds.aws_transport import Killed, Sent, Wire
from tests.support.worlds.crash import KILLED_AFTER, KILLED_BEFORE, Trouble, failures
from tests.support.worlds.settlement_scenario import PATIENT, SettlementScenario

BANK, BALANCE = PayoutDestination
KEPT, PAID_OUT = build.MERCHANT, build.OTHER_MERCHANT


def choose(destination: PayoutDestination, merchant: str = KEPT) -> None:
    change_choices(merchant_settings(), merchant, payout_destination=destination)


def fundings(merchant: str = KEPT) -> list[Funding]:
    return read_fundings(funds_tables.funds(), merchant)


def balances(merchant: str = KEPT) -> dict[str, int]:
    return read_balances(funds_tables.funds(), merchant)


def until(settling: SettlementScenario, worker: str) -> None:
    """Run an execution until just before a worker."""
    steps = settling.steps()
    while next(steps) != worker:
        pass


def day(settling: SettlementScenario, *merchants: str) -> None:
    """Capture 10.00 for each of these merchants, and let the night come."""
    for merchant in merchants:
        run(settling.payment(amount=10_00, merchant=merchant), capture(10_00))
    settling.night()


def test_a_payout_becomes_funds_where_the_merchant_chose_so(settling: SettlementScenario) -> None:
    choose(BALANCE)
    day(settling, KEPT, PAID_OUT)
    assert settling.settle().status == "SUCCEEDED"
    batch = settling.latest()
    kept, paid_out = settling.statement(batch.name).balances["USD"], settling.statement(batch.name, PAID_OUT)
    assert kept.payout is not None
    assert fundings() == [
        Funding(
            id=ids.funding_of_payout(kept.payout.id),
            merchant=KEPT,
            amount=kept.paid_out,
            currency="USD",
            at=batch.opened_at,
            source=FundingSource.PAYOUT,
            reference=kept.payout.id,
        )
    ]
    assert balances() == {"USD": kept.paid_out}
    assert (fundings(PAID_OUT), balances(PAID_OUT)) == ([], {})
    # What settlement owes and pays is the same for both.
    other = paid_out.balances["USD"]
    assert (kept.net, kept.paid_out, kept.closing) == (other.net, other.paid_out, 0)


def test_events_and_reports_name_the_destination(settling: SettlementScenario) -> None:
    choose(BALANCE)
    day(settling, KEPT, PAID_OUT)
    settling.settle()
    (settled,) = {told["batch"] for told in _settled(settling.told()).values()} or {None}
    assert settled == settling.latest().name
    reports = settling.reports()
    for merchant, destination in ((KEPT, "balance"), (PAID_OUT, None)):
        report = json.loads(reports[f"{settled}/{merchant}.json"])
        assert [total.get("payout_destination") for total in report["totals"]] == [destination]
        trailer = reports[f"{settled}/{merchant}.csv"].decode().splitlines()[-2].split(",")
        assert trailer[5] == (destination or "")


def test_the_event_is_published_after_the_funds_are_credited(settling: SettlementScenario) -> None:
    choose(BALANCE)
    day(settling, KEPT)
    until(settling, "close_batch")
    settling.told()
    close_batch.handler({"batch": settling.latest().name}, PATIENT)
    (data,) = _settled(settling.told()).values()
    assert [total["payout_destination"] for total in data["totals"]] == ["balance"]
    assert balances()["USD"] == data["totals"][0]["payout"]


def _settled(messages: list[dict]) -> dict[str, dict]:
    """The data of completed settlements, by event."""
    found = (json.loads(one["body"]) if "body" in one else one for one in messages)
    return {one["id"]: one["data"] for one in found if one.get("type") == "settlement_completed"}


@pytest.mark.full
@pytest.mark.parametrize("first, then, funded", [(BALANCE, BANK, True), (BANK, BALANCE, False)])
def test_the_setting_counts_when_the_books_are_closed(
    settling: SettlementScenario, first: PayoutDestination, then: PayoutDestination, *, funded: bool
) -> None:
    choose(first)
    day(settling, KEPT)
    until(settling, "write_reports")
    choose(then)
    # Another execution closes the books again, and finds them closed.
    assert close_books.handler({"batch": settling.latest().name}, PATIENT)["status"] == "done"
    assert settling.settle().status == "SUCCEEDED"
    statement = settling.statement(settling.latest().name)
    payout = statement.balances["USD"].payout
    assert payout is not None
    assert payout.destination is first
    assert bool(fundings()) is funded


def every_call(calls: Sequence[Sent]) -> range:
    return range(len(calls))


def around_the_statement(calls: Sequence[Sent]) -> list[int]:
    """The read of the setting and the write of the statement, and the last call."""
    tables_of = [str(sent.parameters.get("TableName", "")) for sent in calls]
    settings = [place for place, name in enumerate(tables_of) if name.endswith("MerchantSettings")]
    writes = [place for place in range(settings[0], len(calls)) if calls[place].operation == "UpdateItem"]
    return sorted({*settings, *writes, len(calls) - 1})


@pytest.mark.full
@pytest.mark.timeout(600)
@pytest.mark.parametrize("trouble", [KILLED_BEFORE, KILLED_AFTER], ids=str)
def test_a_night_that_is_killed_at_any_call_funds_once(
    settling: SettlementScenario, wire: Wire, trouble: Trouble
) -> None:
    """At each call of the last worker, which funds, announces and closes; then another execution repeats it."""
    choose(BALANCE)
    day(settling, KEPT, PAID_OUT)
    until(settling, "close_batch")
    batch, before = settling.latest().name, table_snapshot.take()
    with wire.record() as recorded:
        close_batch.handler({"batch": batch}, PATIENT)
    expected = (fundings(), balances())
    assert len(expected[0]) == 1
    for failure in failures(recorded, trouble, worth=every_call):
        table_snapshot.put_back(before)
        with failure.happening(wire), pytest.raises(Killed):
            close_batch.handler({"batch": batch}, PATIENT)
        assert close_batch.handler({"batch": batch}, PATIENT)["status"] == "closed", failure
        assert (fundings(), balances()) == expected, failure
        assert str(settling.latest().status) == "closed"


@pytest.mark.full
@pytest.mark.timeout(600)
def test_a_night_that_is_killed_while_books_are_closed_funds_once(settling: SettlementScenario, wire: Wire) -> None:
    """The setting changes after each death. The stored statement decides, as soon as there is one."""
    choose(BALANCE)
    day(settling, KEPT)
    until(settling, "close_books")
    batch, before = settling.latest().name, table_snapshot.take()
    with wire.record() as recorded:
        close_books.handler({"batch": batch}, PATIENT)
    for failure in failures(recorded, KILLED_BEFORE, KILLED_AFTER, worth=around_the_statement):
        table_snapshot.put_back(before)
        with failure.happening(wire), pytest.raises(Killed):
            close_books.handler({"batch": batch}, PATIENT)
        stored = [one for one in statements_of(settlement_tables.batches(), batch) if one.merchant == KEPT]
        choose(BANK)
        assert settling.settle().status == "SUCCEEDED", failure
        assert len(fundings()) == len([payout for one in stored for payout in one.payouts_to_funds]), failure


@pytest.mark.full
def test_a_repeated_funding_changes_nothing(settling: SettlementScenario) -> None:
    choose(BALANCE)
    day(settling, KEPT)
    settling.settle()
    (made,) = fundings()
    before = balances()
    assert add_funding(funds_tables.funds(), made) == made
    assert (fundings(), balances()) == ([made], before)


@pytest.mark.full
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", seeds(20, fast=1))
def test_nights_fundings_and_disbursements_add_up(settling: SettlementScenario, seed: int) -> None:
    """Random days of both merchants, which change the setting at any time; the audit finds nothing."""
    dice = random.Random(seed)
    table = disbursement_tables.disbursements()
    steps = sorted({(row.step, source) for row in TABLE for source in row.sources})
    alive = []
    for number in range(4):
        choose(dice.choice((BANK, BALANCE)), dice.choice((KEPT, PAID_OUT)))
        add_funding(table.funds, funding(number, merchant=PAID_OUT, amount=dice.randrange(20_00, 40_00)))
        one = accepted(number, merchant=PAID_OUT, amount=dice.randrange(1, 9_00))
        alive.append(accept(table, one))
        for _ in range(6):
            place = dice.randrange(len(alive))
            step, source = dice.choice(steps)
            if row_of(alive[place], step, source):
                after = stepped(alive[place], step, source, alive[place].since + HOUR)
                assert put_after(table, alive[place], after)
                alive[place] = after
        day(settling, KEPT, PAID_OUT)
        choose(dice.choice((BANK, BALANCE)), dice.choice((KEPT, PAID_OUT)))
        assert settling.settle().status == "SUCCEEDED"
    payouts = [
        PayoutToFunds(id=one.id, merchant=one.merchant, currency=one.currency, amount=one.amount)
        for batch in settling.batches()
        for statement in statements_of(settlement_tables.batches(), batch.name)
        for one in statement.payouts_to_funds
    ]
    audited = audit_funds(table, lambda: payouts, look_again=lambda: False)
    assert audited.breaks == []
    assert audited.disbursements == 4
    assert audited.fundings == 4 + len(payouts)


def test_damage_to_stored_funds_is_named(settling: SettlementScenario) -> None:
    """A balance that was changed by hand, an item without a place, and one that cannot be read."""
    table = disbursement_tables.disbursements()
    add_funding(table.funds, funding())
    accept(table, accepted())
    client, name = table.client, tables.DISBURSEMENT_TABLES[MERCHANT_FUNDS]
    client.put_item(TableName=name, Item={"merchant": {"S": KEPT}, "entry": {"S": "LOAN#1"}})
    client.put_item(TableName=name, Item={"merchant": {"S": KEPT}, "entry": {"S": "FUNDING#1"}})
    client.put_item(TableName=name, Item={"merchant": {"S": "#waiting"}, "entry": {"S": "WAIT#1"}})
    client.put_item(
        TableName=name,
        Item={
            "merchant": {"S": KEPT},
            "entry": {"S": "BALANCE#USD"},
            "balance": {"N": "1"},
            "note": {"S": "by hand"},
        },
    )
    looks = iter((True, False))
    audited = audit_funds(table, None, look_again=lambda: next(looks))
    assert [(one.rule, one.where) for one in audited.breaks if one.rule != "books"] == [
        ("layout", f"{KEPT} BALANCE#USD"),
        ("layout", f"{KEPT} FUNDING#1"),
        ("layout", f"{KEPT} LOAN#1"),
        ("funds", f"{KEPT} in USD"),
    ]
    assert next(looks, None) is None
