"""The writes and reads of payments: their number, and the result of concurrent writes between them."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from typing import Any

import pytest
from botocore.exceptions import ClientError

from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.core.errors import Code, Refused
from paysandbox.payments.change import Change
from paysandbox.payments.ledger.items import idempotency_record_item
from paysandbox.payments.ledger.store import MAX_TRIES, change_payment, extend_retention, get_payment, put_payment
from paysandbox.payments.payment import Payment
from paysandbox.payments.rules.capture import capture as capture_rule
from paysandbox.payments.rules.refund import refund as refund_rule
from paysandbox.payments.rules.void import void as void_rule
from tests.support.builders import build
from tests.support.builders.build import HOUR, MERCHANT, MONDAY, PAYMENT_ID
from tests.support.builders.payment_scenario import (
    OnTable,
    PaymentScenario,
    Step,
    capture,
    check,
    refund,
    refused,
    run,
    void,
    wait,
)
from tests.support.worlds import tables

A_YEAR_LATER = 1_826_000_000


@contextmanager
def recorded(ledger: Ledger) -> Iterator[list[str]]:
    """Collect the names of the calls made inside the block."""
    calls: list[str] = []

    def note(model: Any, **_: Any) -> None:
        calls.append(model.name)

    ledger.client.meta.events.register("before-call.dynamodb", note, unique_id="recorded")
    try:
        yield calls
    finally:
        ledger.client.meta.events.unregister("before-call.dynamodb", unique_id="recorded")


# --- put --------------------------------------------------------------------------------------------------------------


def test_a_new_payment_is_put_once(ledger: Ledger) -> None:
    """The second of two requests with one id gets the first one's payment, as stored."""
    first, second = build.authorized(10_00), build.authorized(99_00, request_id="another request")

    assert put_payment(ledger, first) == (first, True)
    assert put_payment(ledger, second) == (first, False)
    assert get_payment(ledger, PAYMENT_ID) == first


def test_a_conflicting_put_returns_the_current_payment(ledger: Ledger) -> None:
    scenario = PaymentScenario.open(ledger, build.authorized(10_00))
    run(scenario, capture(4_00))

    assert put_payment(ledger, build.authorized(10_00)) == (scenario.held(), False)


def test_a_put_is_one_call(ledger: Ledger) -> None:
    with recorded(ledger) as calls:
        put_payment(ledger, build.authorized())
        put_payment(ledger, build.authorized())

    assert calls == ["PutItem", "PutItem"]


# --- change -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given, asked, updates",
    [
        ([], capture(4_00), 1),
        ([], capture(), 1),
        ([], void(), 1),
        ([capture(4_00)], refund(1_00, of=1), 1),
        ([capture(4_00)], refund(of=1), 1),
        ([capture(4_00)], refund(), 1),
        ([], capture(10_01), 1),  # nor does a refusal read: DynamoDB returns the item with it
        ([capture(4_00), refund(1_00)], refund(1_00, of=1), 1),
        ([capture(4_00), refund(1_00)], refund(of=1), 2),  # the one exception: "all of it" after a refund of the total
        ([capture(4_00), refund(1_00)], capture(1_00), 2),
        ([capture(4_00), refund(1_00), capture(1_00)], capture(1_00), 1),  # once only
    ],
)
def test_a_change_is_one_update_without_a_read(ledger: Ledger, given: list[Step], asked: Step, updates: int) -> None:
    scenario = PaymentScenario.open(ledger, build.authorized(10_00))
    run(scenario, *given)

    with recorded(ledger) as calls, suppress(Refused):
        asked(scenario)
    assert calls == ["UpdateItem"] * updates


def test_a_conflicting_refund_is_decided_again(ledger: Ledger) -> None:
    """A refund of the rest of a capture, of which the merchant has meanwhile refunded more."""
    scenario = PaymentScenario.open(ledger, build.authorized(10_00))
    run(scenario, capture(4_00), refund(1_00))
    asked: list[Payment | None] = []

    def decide(current: Payment | None) -> Change:
        asked.append(current)
        if len(asked) == 2:
            run(scenario, refund(50))
        operation = build.refund(50, of=scenario.capture_id(1))
        return refund_rule(PAYMENT_ID, MERCHANT, operation, amount=None, currency=None, current=current)

    payment = change_payment(ledger, decide)
    assert [current and current.refundable for current in asked] == [None, 3_00, 2_50]
    assert payment.amounts[build.operation_id("ref", 50)] == 2_50
    check(payment)


def test_lasting_contention_is_a_503_without_effect(ledger: Ledger) -> None:
    scenario = PaymentScenario.open(ledger, build.authorized(10_00))
    run(scenario, capture(4_00), refund(1))
    tries = 0

    def decide(current: Payment | None) -> Change:
        nonlocal tries
        tries += 1
        run(scenario, refund(1))
        return capture_rule(PAYMENT_ID, MERCHANT, build.capture(50), amount=1_00, currency=None, current=current)

    with pytest.raises(Refused) as caught:
        change_payment(ledger, decide)
    assert caught.value.code is Code.SERVICE_UNAVAILABLE
    assert tries == MAX_TRIES
    assert build.operation_id("cap", 50) not in scenario.held().amounts
    check(scenario.held())


@pytest.mark.parametrize(
    "item",
    [
        {"transaction_id": {"S": PAYMENT_ID}, "merchant": {"S": MERCHANT}},
        idempotency_record_item(build.claim(PAYMENT_ID)),
    ],
    ids=["spoilt", "claim"],
)
def test_other_items_are_not_payments(ledger: Ledger, item: Any) -> None:
    ledger.client.put_item(TableName=ledger.table, Item=item)

    refusal = refused(PaymentScenario(OnTable(ledger), PAYMENT_ID, MERCHANT, MONDAY), capture(1))
    assert refusal is not None
    assert refusal.code is Code.RESOURCE_NOT_FOUND


def test_an_operation_postpones_the_purge(ledger: Ledger) -> None:
    scenario = PaymentScenario.open(ledger, build.authorized(10_00))
    run(scenario, wait(HOUR), capture(1_00))

    assert scenario.held().purge_at == int((MONDAY + HOUR).timestamp()) + ledger.retention_s


# --- AWS errors pass through ------------------------------------------------------------------------------------------


def test_other_errors_of_the_table_pass_through(ledger: Ledger) -> None:
    nowhere = Ledger(ledger.client, "no-such-table", ledger.retention_s)
    change = void_rule(PAYMENT_ID, MERCHANT, build.void())

    for call in (
        lambda: put_payment(nowhere, build.authorized()),
        lambda: change_payment(nowhere, lambda _: change),
        lambda: extend_retention(nowhere, build.authorized(), A_YEAR_LATER),
        lambda: get_payment(nowhere, PAYMENT_ID),
    ):
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            call()


# --- get and keep -----------------------------------------------------------------------------------------------------


def test_a_missing_payment_is_none(ledger: Ledger) -> None:
    assert get_payment(ledger, PAYMENT_ID) is None


def test_keeping_a_payment_only_postpones_its_purge(ledger: Ledger) -> None:
    put_payment(ledger, build.authorized())
    before = tables.items(ledger)[PAYMENT_ID]

    extend_retention(ledger, build.authorized(), A_YEAR_LATER)
    assert tables.items(ledger)[PAYMENT_ID] == before | {"purge_at": {"N": str(A_YEAR_LATER)}}


def test_a_just_purged_payment_is_not_recreated(ledger: Ledger) -> None:
    """An update without a condition would leave an item with only a TTL."""
    with pytest.raises(Refused) as caught:
        extend_retention(ledger, build.authorized(), A_YEAR_LATER)

    assert caught.value.code is Code.SERVICE_UNAVAILABLE
    assert tables.items(ledger) == {}


def test_a_new_payment_under_the_same_id_is_not_kept(ledger: Ledger) -> None:
    put_payment(ledger, build.authorized(now=MONDAY + build.DAY))
    held = tables.items(ledger)

    with pytest.raises(Refused, match="same key"):
        extend_retention(ledger, build.authorized(), A_YEAR_LATER)
    assert tables.items(ledger) == held


# --- the tests' own builder -------------------------------------------------------------------------------------------


def test_the_builder_makes_the_same_payments_as_the_table(ledger: Ledger) -> None:
    scenario = PaymentScenario.open(ledger, build.authorized(10_00, request_id="r"))
    run(scenario, capture(4_00), capture(5_00), refund(1_00, of=2, reason="torn"), refund(4_00, of=1, reason="torn"))
    lived = scenario.held()
    built = build.lived(10_00, captures=[4_00, 5_00], refunds=[(2, 1_00), (1, 4_00)], reason="torn", request_id="r")

    assert {**_facts(lived), "operations": None} == {**_facts(built), "operations": None}
    assert [(o.id, o.at) for o in lived.operations] == [(o.id, o.at) for o in built.operations]


def _facts(payment: Payment) -> dict[str, Any]:
    return {each.name: getattr(payment, each.name) for each in fields(payment)}
