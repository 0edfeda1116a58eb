"""The announcing worker: it continues where its time ran out, and one wrong payment does not block others."""

from typing import Any

import pytest

from paysandbox.aws import runtime
from paysandbox.aws.schema import ENTRY_SHARDS
from paysandbox.payments.ledger.items import key
from paysandbox.payments.ledger.store import put_idempotency_record
from paysandbox.settlement.mark_settled import NotMarkedError
from settlement import announce
from tests.support.builders import build
from tests.support.builders.payment_scenario import capture, run
from tests.support.fakes.state_machine import Steps
from tests.support.worlds.settlement_scenario import HASTY, MERCHANTS, PATIENT, SettlementScenario


def to_announce(settling: SettlementScenario) -> Steps:
    """Return a night's run that is about to announce the first shard."""
    settling.night()
    steps = settling.steps()
    while next(steps) != "announce":
        pass
    return steps


def announce_shards(settling: SettlementScenario, context: object = PATIENT) -> int:
    """Announce the shards of the batch, again and again with what was returned. Returns the number of calls."""
    calls = 0
    for shard in range(ENTRY_SHARDS):
        answer = {"next": None}
        while True:
            answer = announce.handler(
                {"batch": settling.latest().name, "slice": shard, "next": answer["next"]}, context
            )
            calls += 1
            if answer["next"] is None:
                break
    return calls


def test_it_continues_where_its_time_ran_out(settling: SettlementScenario) -> None:
    """One page of each merchant in each shard, and after the batch is closed there is nothing to do."""
    desks = [settling.payment(merchant=merchant) for merchant in MERCHANTS for _ in range(2)]
    for desk in desks:
        run(desk, capture())
    steps = to_announce(settling)
    assert announce_shards(settling, HASTY) > ENTRY_SHARDS
    assert [desk.held().unsettled_since for desk in desks] == [None] * 4
    assert [name for name in steps if name == "close_batch"] == ["close_batch"]
    assert announce_shards(settling, HASTY) == ENTRY_SHARDS


@pytest.mark.parametrize(
    "change, values, reason",
    [
        ("SET operations = :value", {":value": {"L": []}}, "and the payment says otherwise"),
        ("SET version = :value", {":value": {"S": "none"}}, "it cannot be read"),
    ],
    ids=["it contradicts the batch", "it cannot be read"],
)
def test_a_wrong_payment_does_not_block_others(
    settling: SettlementScenario, change: str, values: dict[str, Any], reason: str
) -> None:
    """Its money is already in the books: the run fails, with the reason, until someone has corrected the payment."""
    wrong, right = settling.payment(), settling.payment()
    for desk in (wrong, right):
        run(desk, capture())
    to_announce(settling)
    ledger = runtime.ledger()
    ledger.client.update_item(
        TableName=ledger.table, Key=key(wrong.payment_id), UpdateExpression=change, ExpressionAttributeValues=values
    )
    failures = []
    for shard in range(ENTRY_SHARDS):
        try:
            announce.handler({"batch": settling.latest().name, "slice": shard}, PATIENT)
        except NotMarkedError as failure:
            failures.append(str(failure))
    assert [reason in failure for failure in failures] == [True]
    assert right.held().unsettled_since is None


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
