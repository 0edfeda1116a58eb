"""The worker that closes: a closed batch stays as it is, and nobody is told again."""

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
