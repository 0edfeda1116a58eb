"""The worker that records where a run failed: never for a closed batch, and without card numbers."""

from settlement import fail_batch
from tests.support.builders import build
from tests.support.worlds.settlement_scenario import PATIENT, SettlementScenario

TROUBLE = {"failed_in_announce": {"Error": "E", "Cause": f"no {build.VISA}"}}


def test_a_closed_batch_stays_closed(settling: SettlementScenario) -> None:
    settling.night()
    settling.settle()
    before = settling.latest()
    told = fail_batch.handler({"batch": before.name, **TROUBLE}, PATIENT)
    assert told["step"] == "announce"
    assert build.VISA not in told["reason"]
    assert settling.latest() == before
