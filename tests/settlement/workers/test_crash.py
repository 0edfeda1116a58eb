"""Each AWS call of a run ends its execution, before or after the call takes effect; then another execution resumes.

The batch, its figures and the bytes of its reports must end up as in a run without faults.
"""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from paysandbox.aws import runtime
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.payments import expiry
from paysandbox.payments.audit_scan import item_of
from paysandbox.payments.ledger.store import get_payment
from tests.support.builders import build
from tests.support.builders.build import HOUR
from tests.support.builders.dispute_scenario import disputed, stepped, submitted
from tests.support.builders.payment_scenario import capture, check, refund, run, wait
from tests.support.builders.refund_scenario import does, planned
from tests.support.tools.tiers import full_but, seeds, soak_but
from tests.support.worlds import aws_transport as on_the_wire, table_snapshot
from tests.support.worlds.aws_transport import Killed, Sent, Wire
from tests.support.worlds.crash import KILLED_AFTER, KILLED_BEFORE, Trouble, failures
from tests.support.worlds.settlement_scenario import SettlementScenario
from tests.webhooks.workers.conftest import Clock

DAY_OF_THREE = (build.MERCHANT, build.MERCHANT, build.OTHER_MERCHANT)
DAY_OF_TWO = (build.MERCHANT, build.OTHER_MERCHANT)


def lived(clock: Clock, merchants: tuple[str, ...] = DAY_OF_THREE) -> SettlementScenario:
    """Run a day of two merchants, with one damaged payment, and the night after it."""
    clock.reset()
    settling = SettlementScenario(clock)
    for number, merchant in enumerate(merchants):
        scenario = settling.payment(amount=10_00, merchant=merchant, reference=f"={number}")
        run(scenario, capture(4_00), wait(HOUR), refund(1_00, of=1), planned(50), does("succeed", 2), does("fail"))
        run(scenario, disputed(50), submitted(), stepped("win"), disputed(20))
    spoilt = settling.payment(amount=10_00)
    run(spoilt, capture())
    spoil(runtime.ledger(), spoilt.payment_id)
    settling.night()
    return settling


def spoil(ledger: Ledger, payment_id: str) -> None:
    """Damage a payment, as somebody with console access might."""
    ledger.client.update_item(
        TableName=ledger.table,
        Key={"transaction_id": {"S": payment_id}},
        UpdateExpression="SET refundable = refundable + :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )


def first_and_last_of_a_kind(trouble: Trouble) -> Callable[[Sequence[Sent]], list[int]]:
    """Return the first and the last of similar calls (by operation, table and kind of item).

    A read leaves the state unchanged, so a read is broken once.
    """

    def worth(calls: Sequence[Sent]) -> list[int]:
        places: dict[Any, list[int]] = {}
        for place, sent in enumerate(calls):
            if trouble is KILLED_BEFORE or sent.operation not in READS:
                places.setdefault(kind(sent), []).append(place)
        return sorted({place for found in places.values() for place in (found[0], found[-1])})

    return worth


def kind(sent: Sent) -> tuple[str, ...]:
    told = sent.parameters
    key = told.get("Key") or told.get("Item") or {}
    part = key.get("part", {}).get("S", "").partition("#")[0]
    changed = told.get("UpdateExpression", "") + told.get("KeyConditionExpression", "")
    return (sent.operation, str(told.get("TableName", told.get("url", ""))), part, changed)


READS = {"GetItem", "BatchGetItem", "Query"}

PARTS = 24
"""A part is every 24th of these calls. The fast tier breaks one part, the full tier two more, and soak the others."""


# What a kill before a call leaves is what one after the call before it left.
TROUBLES = soak_but((KILLED_BEFORE, KILLED_AFTER), keep=lambda trouble: trouble is KILLED_AFTER)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "parts",
    [
        pytest.param({0}, id="sample"),
        pytest.param({8, 16}, id="more", marks=pytest.mark.full),
        *(
            pytest.param({part, part + 8, part + 16}, id=f"all from {part}", marks=pytest.mark.soak)
            for part in range(1, 8)
        ),
    ],
)
@pytest.mark.parametrize("trouble", TROUBLES, ids=str)
def test_a_resumed_run_has_the_same_result(trouble: Trouble, parts: set[int], clock: Clock, wire: Wire) -> None:
    settling = lived(clock, DAY_OF_TWO)
    with wire.record() as recorded:
        assert settling.settle().status == "SUCCEEDED"
    expected = settling.story()
    # Of each payment a capture, two refunds, the reversal of one, and of two disputes six lines.
    assert len(expected.entries) == 20
    assert len(expected.set_aside) == 1
    chosen = failures(recorded, trouble, worth=first_and_last_of_a_kind(trouble))
    assert len(chosen) > 20
    settling = lived(clock, DAY_OF_TWO)
    before = table_snapshot.take()
    for failure in (failure for place, failure in enumerate(chosen) if place % PARTS in parts):
        empty(settling)
        table_snapshot.put_back(before)
        expiry.forget()  # otherwise there would be fewer calls than recorded
        with failure.happening(wire), pytest.raises(Killed):
            settling.settle()
        assert settling.settle().status == "SUCCEEDED", failure
        assert settling.story() == expected, failure


def empty(settling: SettlementScenario) -> None:
    """Empty the bucket, as before the night."""
    from paysandbox.aws.settings import ReportsSettings

    for name in settling.reports():
        runtime.s3().delete_object(Bucket=runtime.settings_of(ReportsSettings).reports_bucket, Key=name)


def trouble(request: Any, deliver: Any) -> Any:
    """Make S3 unavailable."""
    return on_the_wire.never_left(request, deliver)


@pytest.mark.full
def test_a_run_without_s3_is_resumed_without_new_postings(clock: Clock, wire: Wire) -> None:
    settling = lived(clock)
    with wire.broken(trouble, when=lambda sent: sent.operation == "PutObject"):
        failed = settling.settle()
    assert (failed.status, failed.error) == ("FAILED", "SettlementFailed")
    kept = settling.latest()
    assert (str(kept.status), kept.failure and kept.failure.step) == ("failed", "write_reports")
    entries = set(settling.entries())
    assert entries
    assert settling.story().settled == frozenset()  # no event was sent
    with wire.record() as sent:
        assert settling.settle().status == "SUCCEEDED"
    assert set(settling.entries()) == entries
    assert "TransactWriteItems" not in {one.operation for one in sent}
    assert settling.latest().failure is None
    assert str(settling.latest().status) == "closed"


@pytest.mark.full
def test_a_damaged_payment_is_excluded_and_others_are_settled(clock: Clock) -> None:
    settling = lived(clock)
    settling.settle()
    kept = settling.latest()
    assert (kept.set_aside, kept.merchants) == (1, 2)
    ((batch, payment_id),) = settling.story().set_aside
    report = settling.reports()[f"{batch}/demo.csv"].decode()
    assert sum(line.startswith("Q,") for line in report.splitlines()) == 1
    assert payment_id in report
    assert payment_id not in {entry.payment_id for entry in settling.entries()}
    held = get_payment(runtime.ledger(), payment_id)
    assert held is not None
    assert held.unsettled_since is not None
    # After the repair it is settled the next night, late.
    runtime.ledger().client.update_item(
        TableName=runtime.ledger().table,
        Key={"transaction_id": {"S": payment_id}},
        UpdateExpression="SET refundable = refundable - :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )
    settling.night()
    settling.settle()
    (late,) = (entry for entry in settling.entries() if entry.payment_id == payment_id)
    assert (late.batch, late.late) == ("2026-11-17", True)
    mended = get_payment(runtime.ledger(), payment_id)
    assert mended is not None
    check(mended)


@pytest.mark.parametrize(
    "spoilt", full_but(["merchant", "operations", "version"], keep=lambda spoilt: spoilt == "merchant")
)
def test_an_unreadable_item_is_excluded(settling: SettlementScenario, spoilt: str) -> None:
    scenario = settling.payment()
    run(scenario, capture())
    runtime.ledger().client.update_item(
        TableName=runtime.ledger().table,
        Key={"transaction_id": {"S": scenario.payment_id}},
        UpdateExpression="REMOVE #0",
        ExpressionAttributeNames={"#0": spoilt},
    )
    settling.night()
    assert settling.settle().status == "SUCCEEDED"
    assert settling.latest().set_aside == 1
    assert settling.entries() == []


@pytest.mark.full
def test_damage_after_entry_stops_the_run_and_others_are_announced(clock: Clock) -> None:
    settling = lived(clock)
    steps = settling.steps()
    while next(steps) != "announce":
        pass
    told = next(one for one in sorted(settling.entries(), key=lambda one: one.operation_id) if one.gross > 0)
    ledger = runtime.ledger()
    held = item_of(ledger, told.payment_id)
    assert held is not None
    for broken, status in ((True, "FAILED"), (False, "SUCCEEDED")):
        operations = held["operations"]["L"][:1] if broken else held["operations"]["L"]
        now = held | {"operations": {"L": operations}}
        ledger.client.put_item(TableName=ledger.table, Item=now)
        outcome = settling.settle()
        assert outcome.status == status, outcome
        if broken:
            assert told.payment_id in outcome.cause
    assert len(settling.story().settled) == 3


@pytest.mark.full
@pytest.mark.parametrize("seed", seeds(6, fast=1))
def test_concurrent_runs_settle_each_operation_once(seed: int, clock: Clock) -> None:
    """Whatever the order of their steps, and whatever is captured in between."""
    from random import Random

    dice = Random(seed)
    alone = lived(clock)
    alone.settle()
    expected = alone.story()
    settling = lived(clock)
    runs, ended = [settling.steps(), settling.steps()], []
    while runs:
        steps = dice.choice(runs)
        try:
            next(steps)
        except StopIteration as end:
            ended.append(end.value.status)
            runs.remove(steps)
    # One may find its batch closed by the other.
    assert "SUCCEEDED" in ended
    assert settling.settle().status == "SUCCEEDED"
    assert settling.story() == expected


@pytest.mark.full
def test_a_delayed_worker_adds_nothing_to_closing_books(clock: Clock, wire: Wire) -> None:
    """It reads while the batch is open, and writes when its books are closed: the seal rejects the write."""
    settling = lived(clock)
    late: list[Any] = []

    def held_up(request: Any, deliver: Any) -> Any:
        late.append(deliver)
        raise Killed

    with wire.broken(held_up, when=lambda sent: sent.operation == "TransactWriteItems"), pytest.raises(Killed):
        settling.settle()
    assert settling.settle().status == "SUCCEEDED"
    expected = settling.story()
    (write,) = late
    assert write().status_code == 400
    assert settling.story() == expected
