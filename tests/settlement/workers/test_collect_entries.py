"""The worker that enters: a batch whose books are closed takes nothing more, and entries go when their time is over."""

from dataclasses import replace
from datetime import timedelta

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from paysandbox.aws import effects
from paysandbox.aws.schema import TTL_ATTRIBUTE
from paysandbox.payments.claims import put_claim
from paysandbox.payments.items import key
from paysandbox.settlement import tables as settlement_tables
from paysandbox.settlement.batch import BatchStatus
from paysandbox.settlement.writes import Page, enter
from settlement import collect_entries
from tests.support import build, settled, table_snapshot
from tests.support.aws_transport import Deliver, Wire
from tests.support.build import DAY
from tests.support.desk import capture, check, refund, run
from tests.support.settlement_house import DUE, PATIENT, House


def test_a_closed_batch_takes_nothing(house: House) -> None:
    house.night()
    house.settle()
    run(house.payment(), capture())
    for shard in DUE:
        told = collect_entries.handler({"batch": "2026-11-16", "shard": shard}, PATIENT)
        assert told == {"status": "done", "batch": "2026-11-16", "shard": shard, "next": None}
    assert house.entries() == []


def test_a_claim_in_the_place_of_a_payment_that_was_purged_since_it_was_indexed_is_let_be(
    house: House, wire: Wire
) -> None:
    desk = house.payment()
    run(desk, capture())
    house.night()

    def replaced(request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
        ledger = effects.ledger()
        ledger.client.delete_item(TableName=ledger.table, Key=key(desk.payment_id))
        put_claim(ledger, build.claim(desk.payment_id))
        return deliver()

    with wire.broken(replaced, when=lambda sent: sent.operation == "BatchGetItem"):
        assert house.settle().status == "SUCCEEDED"
    assert (house.latest().set_aside, house.entries()) == (0, [])


@pytest.mark.parametrize("retention", [None, build.RETENTION, 3 * DAY])
def test_an_entry_goes_so_long_after_its_batch_was_opened_or_never(house: House, retention: timedelta | None) -> None:
    """Of the batch and not of the payment: one that was set aside for months comes in with all its time ahead."""
    run(house.payment(), capture())
    house.night()
    house.settle()
    store = settlement_tables.entries()
    (entry,) = house.entries()
    purge_at = [int(item[TTL_ATTRIBUTE]["N"]) for item in table_snapshot.items_of(store.table)]
    opened_at = house.latest().opened_at
    assert purge_at == [int((opened_at + build.RETENTION).timestamp())]
    # The same, of an environment that keeps entries for another time.
    kept = settled.batch("2026-11-17", BatchStatus.OPEN)
    other = replace(store, retention_s=int(retention.total_seconds()) if retention else 0)
    moved = replace(entry, batch=kept.name)
    enter(settlement_tables.batches(), other, kept, DUE[0], Page(entries=[moved]))
    (held,) = (item for item in table_snapshot.items_of(store.table) if item["batch"]["S"] == kept.name)
    wanted = {"N": str(int((kept.opened_at + retention).timestamp()))} if retention else None
    assert held.get(TTL_ATTRIBUTE) == wanted


@pytest.mark.full
def test_what_is_purged_is_missed_by_no_later_batch(house: House) -> None:
    """Balances are carried by statements, which stay; a refund of a capture whose entry is gone is settled as ever."""
    desk = house.payment(amount=10_00)
    run(desk, capture(4_00))
    house.night()
    house.settle()
    store = settlement_tables.entries()
    for item in table_snapshot.items_of(store.table):
        key = {name: item[name] for name in ("batch_merchant_shard", "operation_id")}
        store.client.delete_item(TableName=store.table, Key=key)
    assert house.settle().output["status"] == "already_closed"
    desk.now += DAY
    run(desk, refund(1_00, of=1))
    house.night()
    assert house.settle().status == "SUCCEEDED"
    assert [(entry.batch, entry.gross) for entry in house.entries()] == [("2026-11-17", -1_00)]
    assert house.statement("2026-11-17").balances["USD"].closing == -1_00
    assert house.statement("2026-11-16").totals["USD"].gross == 4_00
    check(desk.held())
