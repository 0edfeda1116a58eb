"""Stream records: payments are parsed, other items are skipped, and only one error is raised."""

import copy
from typing import Any

import pytest

from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.aws.records import UnreadableRecordError
from paysandbox.payments.ledger.items import idempotency_record_item, key, payment_item
from paysandbox.payments.ledger.stream import events_in, payments_in
from tests.support.builders import build
from tests.support.builders.payment_scenario import PaymentScenario, Step, capture, outcome, refund, void
from tests.support.fakes import stream

APPROVED = build.authorized(10_00, request_id="request-of-life")
CAPTURED = build.lived(10_00, captures=[4_00])
CLAIM = idempotency_record_item(build.claim("clm_" + "c" * 26))


def test_records_have_the_old_and_new_payment() -> None:
    assert payments_in(stream.record(None, APPROVED)) == (None, APPROVED)
    assert payments_in(stream.record(APPROVED, CAPTURED)) == (APPROVED, CAPTURED)
    assert [event.sequence for event in events_in(stream.record(APPROVED, CAPTURED))] == [2]


def test_a_payment_replacing_an_idempotency_record_is_new() -> None:
    record = stream.of_images({"OldImage": {**CLAIM, **key(APPROVED.id)}, "NewImage": payment_item(APPROVED)})
    assert payments_in(record) == (None, APPROVED)
    assert events_in(record) == events_in(stream.record(None, APPROVED))


@pytest.mark.parametrize(
    "record",
    [
        stream.of_images({"NewImage": CLAIM}),
        stream.of_images({"OldImage": CLAIM, "NewImage": CLAIM}),
        stream.of_images({"OldImage": CLAIM}),
        stream.record(APPROVED, None),
    ],
    ids=["claim", "claim again", "claim purged", "payment purged"],
)
def test_other_records_are_skipped(record: Any) -> None:
    assert events_in(record) == ()


@pytest.mark.full
@pytest.mark.parametrize(
    "steps",
    [
        [capture(4_00), refund(1_00, of=1), capture(2_00, final=True), refund(2_00, of=2)],
        [capture(4_00), refund(1_00), capture(1_00), void(), refund(of=1)],
        # A retry and two refusals: no writes.
        [capture(4_00), capture(4_00, repeated=1), capture(7_00), void(), void()],
    ],
)
def test_each_write_of_a_lifecycle_has_its_events(steps: list[Step], ledger: Ledger) -> None:
    """By the table's real images before and after each write, so that every operation is reported exactly once."""
    scenario = PaymentScenario.open(ledger, APPROVED)
    told = [*events_in(stream.record(None, scenario.held()))]
    for step in steps:
        before = scenario.held()
        outcome(scenario, step)
        told += events_in(stream.record(before, scenario.held()))
    operations = scenario.held().operations
    assert [event.step.operation for event in told] == [*operations]
    assert [event.sequence for event in told] == [*range(1, len(operations) + 1)]
    assert len({event.id for event in told}) == len(operations)


def spoiled(*path: str | int, value: Any = None) -> Any:
    """Return a record with one part changed or removed."""
    record = copy.deepcopy(stream.record(APPROVED, CAPTURED))
    *way, last = path
    within: Any = record
    for name in way:
        within = within[name]
    if value is None:
        del within[last]
    else:
        within[last] = value
    return record


NEW = ("dynamodb", "NewImage")
POISON: list[Any] = [
    7,
    {},
    {"dynamodb": 7},
    spoiled(*NEW, "merchant"),
    spoiled(*NEW, "authorized", value={"N": "ten"}),
    spoiled(*NEW, "created_at", value={"S": "yesterday"}),
    spoiled(*NEW, "operations"),
    spoiled(*NEW, "operations", value={"L": []}),
    spoiled(*NEW, "operations", value={"S": "none"}),
    spoiled(*NEW, "operations", "L", 1, "M", "kind", value={"S": "chargeback"}),
    spoiled(*NEW, "captures", value={"M": 7}),
    spoiled(*NEW, "amounts", value={"M": {}}),  # a capture without an amount
    stream.record(CAPTURED, APPROVED),  # an operation that disappeared
]


@pytest.mark.parametrize("record", POISON, ids=range(len(POISON)))
def test_unreadable_records_raise_one_exception(record: Any) -> None:
    with pytest.raises(UnreadableRecordError):
        events_in(record)
