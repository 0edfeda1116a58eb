"""The worker that says where a run ended: never of a batch that is closed, and no card number."""

from settlement import fail_batch
from tests.support import build
from tests.support.settlement_house import PATIENT, House

TROUBLE = {"failed_in_announce": {"Error": "E", "Cause": f"no {build.VISA}"}}


def test_a_closed_batch_stays_closed(house: House) -> None:
    house.night()
    house.settle()
    before = house.latest()
    told = fail_batch.handler({"batch": before.name, **TROUBLE}, PATIENT)
    assert told["step"] == "announce"
    assert build.VISA not in told["reason"]
    assert house.latest() == before
