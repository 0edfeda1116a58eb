"""The announcing worker: a payment purged after its retention is skipped."""

import pytest

from paysandbox.aws import runtime
from paysandbox.payments.ledger.items import key
from paysandbox.payments.ledger.store import put_idempotency_record
from tests.support.builders import build
from tests.support.builders.payment_scenario import capture, run
from tests.support.worlds.settlement_scenario import SettlementScenario


@pytest.mark.full
@pytest.mark.parametrize(
    "claimed",
    [False, True],
    ids=["nothing in its place", "a claim in its place"],
)
def test_a_purged_payment_does_not_block_others(settling: SettlementScenario, claimed: bool) -> None:
    gone, there = settling.payment(), settling.payment()
    run(gone, capture())
    run(there, capture())
    settling.night()
    steps = settling.steps()
    while next(steps) != "announce":
        pass
    runtime.ledger().client.delete_item(TableName=runtime.ledger().table, Key=key(gone.payment_id))
    if claimed:
        put_idempotency_record(runtime.ledger(), build.claim(gone.payment_id))
    assert settling.settle().status == "SUCCEEDED"
    assert there.held().unsettled_since is None
    assert settling.latest().counts[0].count == 2
