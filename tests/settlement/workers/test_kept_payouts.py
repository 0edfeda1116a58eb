"""Payouts that are kept: they stay available once, whatever happens to the run or to the setting."""

import json
import random
from collections.abc import Sequence

import pytest

from paysandbox.aws.schema import MERCHANT_FUNDS
from paysandbox.balance.journal_scan import journal_entries
from paysandbox.core.payout_destination import PayoutDestination
from paysandbox.disbursements.funds_scan import audit_funds
from paysandbox.disbursements.steps import TABLE, row_of, stepped
from paysandbox.disbursements.store import tables as disbursement_tables
from paysandbox.disbursements.store.disbursements_table import accept, put_after
from paysandbox.funds import tables as funds_tables
from paysandbox.funds.available_table import available_key, read_amounts
from paysandbox.funds.funds_table import add_funding
from paysandbox.funds.journal_entry import JournalEntry
from paysandbox.payments.merchant_settings import change_choices
from paysandbox.payments.simulation.settings import merchant_settings
from paysandbox.settlement import tables as settlement_tables
from paysandbox.settlement.batches import statements_of
from settlement import close_books
from tests.support.builders import build
from tests.support.builders.build import HOUR
from tests.support.builders.disbursements import accepted, funding
from tests.support.builders.payment_scenario import capture, run
from tests.support.tools.tiers import seeds
from tests.support.worlds import table_snapshot, tables
from tests.support.worlds.aws_transport import Killed, Sent, Wire
from tests.support.worlds.crash import KILLED_AFTER, KILLED_BEFORE, failures, kills_once
from tests.support.worlds.settlement_scenario import PATIENT, SettlementScenario

BANK, BALANCE = PayoutDestination
KEPT, PAID_OUT = build.MERCHANT, build.OTHER_MERCHANT


def choose(destination: PayoutDestination, merchant: str = KEPT) -> None:
    change_choices(merchant_settings(), merchant, payout_destination=destination)


def available(merchant: str = KEPT) -> dict[str, int]:
    return read_amounts(funds_tables.funds(), merchant)


def payouts() -> list[JournalEntry]:
    """The payouts in the merchant's journal."""
    return [one for one in journal_entries(funds_tables.funds()) if one.merchant == KEPT]


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


def test_a_payout_stays_available_where_the_merchant_chose_so(settling: SettlementScenario) -> None:
    choose(BALANCE)
    day(settling, KEPT, PAID_OUT)
    assert settling.settle().status == "SUCCEEDED"
    batch = settling.latest()
    kept, paid_out = settling.statement(batch.name).balances["USD"], settling.statement(batch.name, PAID_OUT)
    assert kept.payout is not None
    assert (available(), available(PAID_OUT)) == ({"USD": kept.paid_out}, {"USD": 0})
    # What settlement owes and pays is the same for both.
    other = paid_out.balances["USD"]
    assert (kept.net, kept.paid_out, kept.closing) == (other.net, other.paid_out, 0)
    # Its money is in funds: the next batch does not pay it out.
    day(settling, KEPT)
    choose(BANK)
    assert settling.settle().status == "SUCCEEDED"
    assert available() == {"USD": kept.paid_out}
    assert [-one.amount for one in payouts()] == [kept.paid_out], "a payout that is kept moves nothing"


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


def _settled(messages: list[dict]) -> dict[str, dict]:
    """The data of completed settlements, by event."""
    found = (json.loads(one["body"]) if "body" in one else one for one in messages)
    return {one["id"]: one["data"] for one in found if one.get("type") == "settlement_completed"}


@pytest.mark.full
@pytest.mark.parametrize("first, then, kept", [(BALANCE, BANK, True), (BANK, BALANCE, False)])
def test_the_setting_counts_when_the_books_are_closed(
    settling: SettlementScenario, first: PayoutDestination, then: PayoutDestination, *, kept: bool
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
    assert available() == {"USD": payout.amount if kept else 0}


def around_the_statement(calls: Sequence[Sent]) -> list[int]:
    """The read of the setting and the write of the statement, and the last call."""
    tables_of = [str(sent.parameters.get("TableName", "")) for sent in calls]
    settings = [place for place, name in enumerate(tables_of) if name.endswith("MerchantSettings")]
    writes = [place for place in range(settings[0], len(calls)) if calls[place].operation == "UpdateItem"]
    return sorted({*settings, *writes, len(calls) - 1})


@pytest.mark.full
@pytest.mark.timeout(600)
def test_a_night_that_is_killed_while_books_are_closed_counts_once(settling: SettlementScenario, wire: Wire) -> None:
    """The setting changes after each death. The stored statement decides, as soon as there is one."""
    choose(BALANCE)
    day(settling, KEPT)
    until(settling, "close_books")
    batch, before = settling.latest().name, table_snapshot.take()
    with wire.record() as recorded:
        close_books.handler({"batch": batch}, PATIENT)
    for failure in kills_once(failures(recorded, KILLED_BEFORE, KILLED_AFTER, worth=around_the_statement)):
        table_snapshot.put_back(before)
        with failure.happening(wire), pytest.raises(Killed):
            close_books.handler({"batch": batch}, PATIENT)
        stored = [one for one in statements_of(settlement_tables.batches(), batch) if one.merchant == KEPT]
        choose(BANK)
        assert settling.settle().status == "SUCCEEDED", failure
        assert available() == {"USD": sum(one.balances["USD"].kept for one in stored)}, failure


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
    audited = audit_funds(table, look_again=lambda: False)
    assert audited.breaks == []
    assert (audited.fundings, audited.disbursements) == (4, 4)


def test_damage_to_stored_funds_is_named(settling: SettlementScenario) -> None:
    """A balance that was changed by hand, an item without a place, and one that cannot be read."""
    table = disbursement_tables.disbursements()
    add_funding(table.funds, funding())
    accept(table, accepted())
    client, name = table.client, tables.DISBURSEMENT_TABLES[MERCHANT_FUNDS]
    client.put_item(TableName=name, Item={"merchant": {"S": KEPT}, "entry": {"S": "LOAN#1"}})
    client.put_item(TableName=name, Item={"merchant": {"S": KEPT}, "entry": {"S": "FUNDING#1"}})
    client.put_item(TableName=name, Item={"merchant": {"S": "#waiting"}, "entry": {"S": "WAIT#1"}})
    client.update_item(
        TableName=name,
        Key=available_key(KEPT),
        UpdateExpression="SET amount_USD = :1",
        ExpressionAttributeValues={":1": {"N": "1"}},
    )
    looks = iter((True, False))
    audited = audit_funds(table, look_again=lambda: next(looks))
    assert [(one.rule, one.where) for one in audited.breaks if one.rule != "books"] == [
        ("layout", f"{KEPT} FUNDING#1"),
        ("layout", f"{KEPT} LOAN#1"),
        ("funds", f"{KEPT} in USD"),
    ]
    assert next(looks, None) is None
