"""The expiry sweep: uncaptured amounts past the deadline are released once, and nothing else is touched."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from paysandbox.aws import runtime
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.aws.schema import DUE_SHARDS, DUE_SHARDS_READ
from paysandbox.aws.time_left import time_left
from paysandbox.core import ids
from paysandbox.core.event_type import EventType
from paysandbox.payments import expiry
from paysandbox.payments.events.event import events_of
from paysandbox.payments.expiry import expire_due
from paysandbox.payments.ledger import items
from paysandbox.payments.ledger.items import idempotency_record_item, key
from paysandbox.payments.ledger.store import change_payment, put_idempotency_record
from paysandbox.payments.operations.expiry import Expiry
from paysandbox.payments.payment import Payment, Status, state_of
from tests.support.builders import build
from tests.support.builders.payment_scenario import PaymentScenario, capture, check, refund, run, void, wait
from tests.support.worlds import tables
from tests.support.worlds.aws_transport import Deliver, Wire
from tests.support.worlds.webhook_workers import LONG

Swept = dict[str, Any]

WEEK = timedelta(days=7)
NOTHING: Swept = {"expired": 0, "cleared": 0, "more": False}


@pytest.fixture
def wire(ledger: Ledger) -> Iterator[Wire]:
    """Sends moto one request at a time."""
    tables.forget(clients=False)
    wire = Wire()
    wire.attach(runtime.ledger().client)
    expiry.forget()
    yield wire
    wire.detach()


@pytest.fixture(autouse=True)
def scenario(wire: Wire) -> PaymentScenario:
    """A scenario with a payment of 10.00 that was due an hour ago."""
    return opened(1)


def opened(number: int, *, ago: timedelta = WEEK + timedelta(hours=1), **parts: Any) -> PaymentScenario:
    payment_id = ids.payment_id("expiring", str(number))
    return PaymentScenario.open(
        runtime.ledger(), build.authorized(payment_id=payment_id, now=runtime.now() - ago, **parts)
    )


def sweep(context: Any = LONG) -> Swept:
    return asdict(expire_due(time_left({}, context)))


def due_at(scenario: PaymentScenario) -> Any:
    return scenario.held().due_at


def test_remainders_are_released_once(scenario: PaymentScenario) -> None:
    before = scenario.held()
    assert sweep() == {"expired": 1, "cleared": 1, "more": False}
    held = scenario.held()
    check(held)
    assert (state_of(held).status, state_of(held).released, held.due_at) == (Status.EXPIRED, 10_00, None)
    assert (held.operations[-1].id, held.operations[-1].request_id) == (ids.expiry_id(held.id), "sweep")
    assert [event.type for event in events_of(before, held)] == [EventType.PAYMENT_EXPIRED]
    assert sweep() == NOTHING
    assert scenario.held() == held


@pytest.mark.full
def test_additional_shards_are_swept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The order of deployments in docs/explanation/capacity.md, "More due shards": readers first."""

    def of_shards(shards: int, numbers: range) -> int:
        monkeypatch.setattr(items, "DUE_SHARDS", shards)
        opening = [opened(number) for number in numbers]
        return len({ids.shard_of(one.payment_id, shards) for one in opening} - set(range(DUE_SHARDS)))

    sweep()
    assert of_shards(DUE_SHARDS, range(100, 140)) == 0
    monkeypatch.setattr(expiry, "DUE_SHARDS_READ", 2 * DUE_SHARDS)
    assert of_shards(2 * DUE_SHARDS, range(200, 240)) > 0, "a payment is in a shard that is new"
    assert sweep() == {"expired": 80, "cleared": 80, "more": False}


def test_idempotency_records_in_place_of_purged_payments_are_skipped(wire: Wire, scenario: PaymentScenario) -> None:
    ledger = runtime.ledger()

    def replaced(request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
        ledger.client.delete_item(TableName=ledger.table, Key=key(scenario.payment_id))
        put_idempotency_record(ledger, build.claim(scenario.payment_id))
        return deliver()

    with wire.broken(replaced, when=lambda sent: sent.operation == "BatchGetItem"):
        assert sweep() == NOTHING
    assert tables.items(ledger)[scenario.payment_id] == idempotency_record_item(build.claim(scenario.payment_id))


def test_an_unreadable_payment_does_not_block_others(scenario: PaymentScenario) -> None:
    spoilt = opened(2)
    runtime.ledger().client.update_item(
        TableName=runtime.ledger().table,
        Key={"transaction_id": {"S": spoilt.payment_id}},
        UpdateExpression="REMOVE operations",
    )
    assert sweep() == {"expired": 1, "cleared": 1, "more": False}
    assert state_of(scenario.held()).status is Status.EXPIRED
    assert sweep() == NOTHING


def test_authorizations_are_kept_until_expiry(scenario: PaymentScenario) -> None:
    young = opened(2, ago=WEEK - timedelta(minutes=5))
    sweep()
    assert state_of(young.held()).status is Status.APPROVED


@pytest.mark.full
@pytest.mark.parametrize(
    "steps, swept",
    [
        # Captured in part: the rest expires; the capture still awaits settlement.
        ([capture(4_00)], {"expired": 1, "cleared": 0}),
        ([capture(4_00), refund(1_00, of=1)], {"expired": 1, "cleared": 0}),
        ([capture()], {"expired": 0, "cleared": 0}),
        ([capture(4_00), void()], {"expired": 0, "cleared": 0}),
        # Nothing is left, and there is nothing to settle.
        ([void()], {"expired": 0, "cleared": 1}),
    ],
)
def test_unsettled_payments_are_left_to_settlement(steps: list[Any], swept: Swept, scenario: PaymentScenario) -> None:
    run(scenario, wait(timedelta(hours=1)), *steps)
    before = scenario.held()
    assert sweep() == swept | {"more": False}
    after = scenario.held()
    check(after)
    assert state_of(after).remaining == 0
    assert after.unsettled_since == before.unsettled_since
    assert after.due_at == (before.due_at if before.unsettled_since else None)
    assert len(after.operations) - len(before.operations) == swept["expired"]


def test_a_stale_entry_is_removed_without_an_event(scenario: PaymentScenario) -> None:
    run(scenario, void())
    before = scenario.held()
    sweep()
    assert events_of(before, scenario.held()) == ()
    assert scenario.held().version == before.version


def test_payments_are_read_only_if_something_may_be_due(scenario: PaymentScenario, wire: Wire) -> None:
    """The index also holds payments awaiting settlement, possibly many: once checked, they are not read each minute."""
    run(scenario, capture())
    young = opened(2, ago=WEEK - timedelta(minutes=5))
    run(young, capture(1_00))
    sweep()
    with wire.record() as sent:
        assert sweep() == NOTHING
    assert [one.operation for one in sent] == ["Query"] * DUE_SHARDS_READ


def test_payments_that_are_too_young_to_expire_are_not_looked_at(wire: Wire) -> None:
    """Neither holds nor captures: keys that are read each minute until the night would cost more than the write."""
    sweep()
    opened(2, ago=WEEK - timedelta(minutes=5))
    captured = opened(3, ago=WEEK - timedelta(minutes=5))
    run(captured, capture())
    with wire.record() as sent:
        assert sweep() == NOTHING
    assert [one.operation for one in sent] == ["Query"] * DUE_SHARDS_READ


def in_between(scenario: PaymentScenario, *steps: Any) -> Any:
    """A fault without an error: another operation on the payment between the sweep's read and its write."""
    left = list(steps)

    def act(request: Any, deliver: Deliver) -> Any:
        taken, left[:] = left[:], []
        run(scenario, *taken)
        return deliver()

    return act


@pytest.mark.full
@pytest.mark.parametrize(
    "steps, captured, released",
    [([capture()], 10_00, 0), ([capture(4_00)], 4_00, 6_00), ([void()], 0, 10_00), ([], 0, 10_00)],
)
def test_expiry_against_captures_and_voids(
    steps: list[Any], captured: int, released: int, scenario: PaymentScenario, wire: Wire
) -> None:
    def is_expiry(sent: Any) -> bool:
        return (
            sent.operation == "UpdateItem"
            and ":0" in sent.parameters["ExpressionAttributeValues"]
            and ("exp_" in str(sent.parameters["ExpressionAttributeNames"]))
        )

    with wire.broken(in_between(scenario, *steps), when=is_expiry):
        sweep()
    held = scenario.held()
    check(held)
    assert (state_of(held).captured, state_of(held).released, state_of(held).remaining) == (captured, released, 0)
    sweep()
    assert scenario.held().operations == held.operations


def test_concurrent_sweeps_record_one_expiry(scenario: PaymentScenario, wire: Wire) -> None:
    """The second sweep has read the payment before the first one wrote."""
    stale = scenario.held()
    sweep()
    expiry._process(stale, runtime.now())
    assert scenario.held().due_at is None
    expiries = [one for one in scenario.held().operations if isinstance(one, Expiry)]
    assert len(expiries) == 1


@pytest.mark.full
def test_many_payments_in_all_shards(scenario: PaymentScenario) -> None:
    others = [opened(number) for number in range(2, 41)]
    assert sweep() == {"expired": 40, "cleared": 40, "more": False}
    assert {state_of(one.held()).status for one in others} == {Status.EXPIRED}


def test_a_sweep_ends_in_time_and_reports_it(scenario: PaymentScenario) -> None:
    in_a_hurry = SimpleNamespace(get_remaining_time_in_millis=lambda: 10_000)
    assert sweep(in_a_hurry) == NOTHING | {"more": True}


def test_a_sweep_ends_between_two_payments(scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(2, 41):
        opened(number)
    monkeypatch.setattr(expiry, "_SHARDS_AT_ONCE", 1)
    left = iter([60_000] * 5)  # at the start, for the first page, before a payment or the next page
    hurried = SimpleNamespace(get_remaining_time_in_millis=lambda: next(left, 0))
    swept = sweep(hurried)
    assert (0 < swept["expired"] < 5, swept["more"]) == (True, True)


def test_declined_payments_are_never_due(wire: Wire) -> None:
    payment: Payment = opened(2, declined=build.decline()).held()
    sweep()
    assert payment.due_at is None


def test_memory_is_bounded(scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "_MAX_REMEMBERED", 2)
    for number in range(2, 8):
        run(opened(number), capture())
    sweep()
    assert len(expiry._not_before) <= 2


def test_the_table_rejects_an_early_expiry(ledger: Ledger) -> None:
    from paysandbox.core.errors import Code, Refused
    from paysandbox.payments.payment import CONTRACT
    from paysandbox.payments.rules.expiry import expire

    young = opened(2, ago=timedelta(days=1))
    operation = Expiry(id=ids.expiry_id(young.payment_id), request_id="sweep", at=runtime.now(), contract=CONTRACT)
    with pytest.raises(Refused) as refused:
        change_payment(runtime.ledger(), lambda _: expire(young.payment_id, build.MERCHANT, operation))
    assert refused.value.code is Code.SERVICE_UNAVAILABLE
    assert state_of(young.held()).remaining == 10_00


def test_every_written_shard_is_swept() -> None:
    assert DUE_SHARDS_READ >= DUE_SHARDS
