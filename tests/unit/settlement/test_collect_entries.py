"""The worker that enters: a batch whose books are closed takes nothing more."""

from settlement import collect_entries
from tests.support.desk import capture, run
from tests.support.settlement_house import DUE, PATIENT, House


def test_a_closed_batch_takes_nothing(house: House) -> None:
    house.night()
    house.settle()
    run(house.payment(), capture())
    for shard in DUE:
        told = collect_entries.handler({"batch": "2026-11-16", "shard": shard}, PATIENT)
        assert told == {"status": "done", "batch": "2026-11-16", "shard": shard, "next": None}
    assert house.entries() == []
