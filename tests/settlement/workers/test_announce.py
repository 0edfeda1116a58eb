"""The worker that announces: a payment whose retention is over has nobody left to tell."""

import pytest

from paysandbox.aws import effects
from paysandbox.payments.claims import put_claim
from paysandbox.payments.items import key
from tests.support import build
from tests.support.desk import capture, run
from tests.support.settlement_house import House


@pytest.mark.full
@pytest.mark.parametrize("claimed", [False, True], ids=["nothing in its place", "a claim in its place"])
def test_a_payment_that_is_gone_holds_up_nobody(house: House, claimed: bool) -> None:
    gone, there = house.payment(), house.payment()
    run(gone, capture())
    run(there, capture())
    house.night()
    steps = house.steps()
    while next(steps) != "announce":
        pass
    effects.ledger().client.delete_item(TableName=effects.ledger().table, Key=key(gone.payment_id))
    if claimed:
        put_claim(effects.ledger(), build.claim(gone.payment_id))
    assert house.settle().status == "SUCCEEDED"
    assert there.held().unsettled_since is None
    assert house.latest().counts[0].count == 2
