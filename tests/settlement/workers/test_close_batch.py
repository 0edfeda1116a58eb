"""The closing worker: a closed batch does not change, and nothing is announced again."""

from dataclasses import replace

import pytest

from paysandbox.settlement import tables as settlement_tables
from paysandbox.settlement.batch import BatchStatus
from paysandbox.settlement.batches import batch_facts, latest_key
from paysandbox.settlement.writes import take_over
from settlement import close_batch
from tests.support.builders.payment_scenario import capture, run
from tests.support.worlds.settlement_scenario import PATIENT, SettlementScenario


def test_a_second_run_changes_nothing(settling: SettlementScenario) -> None:
    run(settling.payment(), capture())
    settling.night()
    settling.settle()
    before = settling.latest()
    assert len(settling.told()) == 1
    assert close_batch.handler({"batch": before.name}, PATIENT) == {"status": "closed", "next": None}
    assert (settling.latest(), settling.told()) == (before, [])


@pytest.mark.full
def test_the_next_run_completes_an_interrupted_close(
    settling: SettlementScenario,
) -> None:
    """The readers' copy was closed, the batch was not: no step would find anything to do, and no batch would open."""
    run(settling.payment(), capture())
    settling.night()
    settling.settle()
    closed, store = settling.latest(), settlement_tables.batches()
    seen = {**latest_key(), **batch_facts(replace(closed, status=BatchStatus.CLOSING, closed_at=None))}
    store.client.put_item(TableName=store.table, Item=seen)
    take_over(store, replace(closed, status=BatchStatus.CLOSING), "another execution")
    assert close_batch.handler({"batch": closed.name}, PATIENT) == {"status": "closed", "next": None}
    assert settling.latest() == closed
    store.client.put_item(TableName=store.table, Item=seen)
    run(settling.payment(), capture())
    settling.night()
    assert settling.settle().status == "SUCCEEDED"
    assert [one.name for one in settling.batches()] == ["2026-11-16", "2026-11-17"]
