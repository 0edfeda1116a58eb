"""The worker that closes: a closed batch stays as it is, and nobody is told again."""

from dataclasses import replace

from paysandbox.settlement import tables as settlement_tables
from paysandbox.settlement.batch import BatchStatus
from paysandbox.settlement.batches import batch_facts, latest_key
from paysandbox.settlement.writes import take_over
from settlement import close_batch
from tests.support.desk import capture, run
from tests.support.settlement_house import PATIENT, House


def test_again_nothing_changes(house: House) -> None:
    run(house.payment(), capture())
    house.night()
    house.settle()
    before = house.latest()
    assert len(house.told()) == 1
    assert close_batch.handler({"batch": before.name}, PATIENT) == {"status": "closed", "next": None}
    assert (house.latest(), house.told()) == (before, [])


def test_a_run_that_ended_between_its_two_last_writes_is_ended_by_whoever_comes_next(house: House) -> None:
    """The copy for readers was closed, and the batch not: every step would find nothing to do, and none would open."""
    run(house.payment(), capture())
    house.night()
    house.settle()
    closed, store = house.latest(), settlement_tables.batches()
    seen = {**latest_key(), **batch_facts(replace(closed, status=BatchStatus.CLOSING, closed_at=None))}
    store.client.put_item(TableName=store.table, Item=seen)
    take_over(store, replace(closed, status=BatchStatus.CLOSING), "another execution")
    assert close_batch.handler({"batch": closed.name}, PATIENT) == {"status": "closed", "next": None}
    assert house.latest() == closed
    store.client.put_item(TableName=store.table, Item=seen)
    run(house.payment(), capture())
    house.night()
    assert house.settle().status == "SUCCEEDED"
    assert [one.name for one in house.batches()] == ["2026-11-16", "2026-11-17"]
