"""Payments whose bank takes its time, or does something later by itself: through the real handlers, on a real table."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from paysandbox.aws import runtime
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.core.errors import Code, Refused
from paysandbox.payments.bank.test_cards import TRIGGERS
from paysandbox.payments.ledger.store import get_payment, step_payment
from paysandbox.payments.merchant_settings import SimulationMode, change_choices
from paysandbox.payments.payment import CONTRACT, SIMULATED, Payment
from paysandbox.payments.simulated_action import Stamp
from paysandbox.payments.simulation.refund_steps import ACTION_WITHIN
from paysandbox.payments.simulation.settings import merchant_settings
from paysandbox.payments.simulation.simulation import step
from paysandbox.payments.timers import tables as timer_table, timers
from paysandbox.payments.timers.due_timers import Fired, fire_due
from paysandbox.payments.timers.timer import timers_of
from tests.support.builders import build
from tests.support.clients.call import Merchant
from tests.support.tools.ledger_audit import audit
from tests.support.worlds import table_snapshot
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.crash import (
    ANSWER_LOST,
    CONNECTION_GONE,
    KILLED_AFTER,
    KILLED_BEFORE,
    Trouble,
    attempted,
    failures,
)
from tests.support.worlds.handlers import Clock


def do(
    object_id: str,
    name: str,
    *,
    of: str | None = None,
    key: str = "step",
    source: str | None = SIMULATED,
    **given: Any,
) -> Payment:
    """Make a step of a payment's object, as a caller or (source None) a timer does."""
    stamp = Stamp(key=key, request_id="step", at=runtime.now(), contract=CONTRACT, validity_s=600, source=source)
    return step_payment(runtime.ledger(), of or object_id, lambda payment: step(payment, object_id, name, given, stamp))


def stored(ledger: Ledger, payment_id: str) -> Payment:
    payment = get_payment(ledger, payment_id)
    assert payment is not None
    return payment


def due(payment: Payment) -> list[tuple[str, timedelta]]:
    """Return what falls due on a payment, and when after the operation that starts it."""
    return [(timer.step, timer.at - operation.at) for operation in payment.operations for timer in operation.timers]


# --- the bank has not answered ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["manual", "automatic"])
def test_an_authorization_without_an_answer(method: str, demo: Merchant, ledger: Ledger) -> None:
    reply = demo.asking("pending:60:approve").authorize(capture_method=method)
    assert (reply.status, reply.json["status"]) == (200, "processing")
    assert "expires_at" not in reply.json
    assert "response_code" not in reply.json
    shown = demo.payment(reply.json["auth_id"]).json
    assert (shown["status"], shown["remaining"], shown["captures"]) == ("processing", 0, [])
    assert shown["card"] == reply.json["card"]
    assert due(stored(ledger, reply.json["auth_id"])) == [("approve", timedelta(seconds=60))]
    audit()


@pytest.mark.parametrize(
    "operation, code",
    [("capture", Code.PAYMENT_PROCESSING), ("refund", Code.NOT_CAPTURED)],
)
def test_nothing_can_be_done_with_it(operation: str, code: Code, demo: Merchant) -> None:
    auth_id = demo.asking("pending:60:approve").authorize().json["auth_id"]
    reply = getattr(demo, operation)(auth_id)
    assert (reply.status, reply.code) == (409, code)
    assert reply.json["current_status"] == "processing"


@pytest.mark.parametrize(
    "method, name, arguments, status, captures",
    [
        ("manual", "approve", {}, "approved", 0),
        ("automatic", "approve", {}, "captured", 1),
        ("manual", "decline", {"code": "lost_card"}, "declined", 0),
    ],
)
def test_the_answer_comes_later(
    method: str, name: str, arguments: dict[str, Any], status: str, captures: int, demo: Merchant
) -> None:
    first = demo.asking("pending:60:approve").authorize("key", capture_method=method)
    auth_id = first.json["auth_id"]
    do(auth_id, name, **arguments)
    shown = demo.payment(auth_id).json
    assert (shown["status"], len(shown["captures"])) == (status, captures)
    assert shown["operations"][1]["source"] == "simulated"
    again = demo.authorize("key", capture_method=method)
    assert (again.replayed, again.text) == (True, first.text)
    audit()


def test_after_a_late_approval_it_is_a_payment_like_any_other(demo: Merchant) -> None:
    auth_id = demo.asking("late:60").authorize().json["auth_id"]
    assert demo.capture(auth_id).code == Code.PAYMENT_DECLINED
    do(auth_id, "approve", source=None)
    shown = demo.payment(auth_id).json
    assert (shown["status"], shown["remaining"]) == ("approved", 10_00)
    assert "decline_code" not in shown
    capture_id = demo.captured(4_00, of=auth_id)
    demo.refunded(capture_id, 1_00)
    assert demo.void(auth_id).json["amount"] == 6_00
    audit()


@pytest.mark.parametrize(
    "amount, name, value", [(2006_01, "approve", None), (2006_02, "decline", "issuer_not_available")]
)
def test_pending_by_amount(amount: int, name: str, value: str | None, demo: Merchant, ledger: Ledger) -> None:
    reply = demo.authorize(card=build.card_details(number=TRIGGERS), amount=amount)
    assert reply.says == "processing"
    (timer,) = stored(ledger, reply.json["auth_id"]).operations[0].timers
    assert (timer.step, timer.value) == (name, value)


# --- plans ------------------------------------------------------------------------------------------------------------


def test_a_payment_without_a_plan_has_none(demo: Merchant, ledger: Ledger) -> None:
    payment = stored(ledger, demo.authorized())
    assert (payment.plan, payment.open_until, due(payment)) == (None, None, [])


@pytest.mark.parametrize(
    "outcome, due_after_capture",
    [
        ("capture=fail", [("fail", timedelta(seconds=60))]),
        (
            "approve, capture=fail:5, fraud_warning",
            [("fail", timedelta(seconds=5)), ("fraud_warning", timedelta(seconds=60))],
        ),
        ("capture=late:1", []),
    ],
)
def test_a_plan_applies_to_captures(
    outcome: str, due_after_capture: list[tuple[str, timedelta]], demo: Merchant, ledger: Ledger
) -> None:
    auth_id = demo.asking(outcome).authorize().json["auth_id"]
    demo.captured(10_00, of=auth_id)
    assert due(stored(ledger, auth_id)) == due_after_capture
    audit()


def test_a_capture_that_fails_returns_to_the_hold(demo: Merchant) -> None:
    auth_id = demo.asking("capture=fail_once").authorize().json["auth_id"]
    first = demo.capture(auth_id, "key")
    do(first.json["transaction_id"], "fail", of=auth_id, source=None)
    shown = demo.payment(auth_id).json
    assert (shown["status"], shown["remaining"], shown["captures"]) == ("approved", 10_00, [])
    again = demo.capture(auth_id, "key")
    assert (again.replayed, again.text) == (True, first.text)
    assert demo.capture(auth_id).json["amount"] == 10_00
    audit()


def test_a_planned_capture_failure_happens_even_if_the_sweep_is_late(
    demo: Merchant, clock: Clock, ledger: Ledger
) -> None:
    """`clock advance` moves by days at once. No batch took the capture: it is presented after its failure."""
    auth_id = demo.asking("capture=fail").authorize().json["auth_id"]
    demo.captured(10_00, of=auth_id)
    timers.store_timers(timer_table.table(), timers_of(stored(ledger, auth_id)))
    clock.advance(3 * build.DAY)
    assert fire_due(lambda: True).performed == 1
    assert demo.payment(auth_id).json["captures"] == []
    audit()


def test_a_declined_capture(demo: Merchant) -> None:
    auth_id = demo.asking("capture=decline:insufficient_funds").authorize().json["auth_id"]
    for key in ("key", "key", "another"):
        reply = demo.capture(auth_id, key)
        assert (reply.status, reply.code, reply.json["decline_code"]) == (
            409,
            "capture_declined",
            "insufficient_funds",
        )
    assert demo.payment(auth_id).json["remaining"] == 10_00
    assert demo.void(auth_id).json["amount"] == 10_00
    audit()


def test_declined_captures_of_an_automatic_capture_are_refused(demo: Merchant) -> None:
    reply = demo.asking("capture=decline:lost_card").authorize(capture_method="automatic")
    assert (reply.status, reply.code) == (400, "outcome_invalid")


@pytest.mark.parametrize(
    "number, plan",
    [
        ("4000000000005423", "fraud_warning"),
        ("4000000000007726", "refund=pending"),
        ("4000000000005126", "refund=fail:expired_or_canceled_card"),
    ],
)
def test_cards_with_a_plan(number: str, plan: str, demo: Merchant, ledger: Ledger) -> None:
    auth_id = demo.authorized(card=build.card_details(number=number))
    assert stored(ledger, auth_id).plan == plan


@pytest.mark.parametrize(
    "outcome, status, due_after_refund",
    [
        ("refund=pending", "pending", [("succeed", timedelta(seconds=60))]),
        ("refund=pending:5:fail:declined", "pending", [("fail", timedelta(seconds=5))]),
        ("refund=fail", "completed", [("fail", timedelta(seconds=60))]),
        ("capture=late:1", "completed", []),
    ],
)
@pytest.mark.parametrize("by_authorization", [False, True])
def test_a_plan_applies_to_refunds(
    outcome: str,
    status: str,
    due_after_refund: list[tuple[str, timedelta]],
    by_authorization: bool,
    demo: Merchant,
    ledger: Ledger,
) -> None:
    auth_id = demo.asking(outcome).authorize().json["auth_id"]
    capture_id = demo.captured(10_00, of=auth_id)
    of = auth_id if by_authorization else capture_id
    first = demo.refund(of, "key", amount=4_00)
    assert first.json["status"] == status
    assert demo.refund(of, "key", amount=4_00).text == first.text
    assert demo.refund(of).json["amount"] == 6_00
    assert due(stored(ledger, auth_id))[: len(due_after_refund)] == due_after_refund
    audit()


@pytest.mark.parametrize(
    "number, status, then, failure",
    [
        ("4000000000007726", "pending", "succeed", None),
        ("4000000000005126", "completed", "fail", "expired_or_canceled_card"),
    ],
)
def test_cards_whose_refunds_take_time(
    number: str, status: str, then: str, failure: str | None, demo: Merchant, ledger: Ledger
) -> None:
    auth_id = demo.authorized(card=build.card_details(number=number), capture_method="automatic")
    refund = demo.refund(auth_id).json
    assert refund["status"] == status
    (timer,) = stored(ledger, auth_id).operations[-1].timers
    assert (timer.step, timer.value) == (then, failure)
    do(refund["transaction_id"], then, of=auth_id, source=None, **({"reason": failure} if failure else {}))
    shown = demo.payment(auth_id).json
    assert shown["status"] == ("refunded" if then == "succeed" else "captured")
    audit()


def test_a_refunds_own_outcome_takes_precedence_over_the_plan(demo: Merchant) -> None:
    auth_id = demo.asking("refund=fail").authorize(capture_method="automatic").json["auth_id"]
    assert demo.asking("refund=pending").refund(auth_id).json["status"] == "pending"


# --- at most once -----------------------------------------------------------------------------------------------------


@pytest.mark.full
@pytest.mark.parametrize("names", [("approve", "decline"), ("approve", "approve")])
def test_fifty_answers_at_once(names: tuple[str, str], demo: Merchant, wire: Wire, ledger: Ledger) -> None:
    """A timer and a caller give the answer at the same time: one of them does."""
    auth_id = demo.asking("pending:60:approve").authorize().json["auth_id"]

    def answer(number: int) -> str:
        source = SIMULATED if number % 2 else None
        try:
            do(auth_id, names[number % 2], key=f"key {number}", source=source)
        except Refused as refused:
            return refused.code
        return "answered"

    with wire.meeting(50, "UpdateItem"), ThreadPoolExecutor(50) as pool:
        outcomes = list(pool.map(answer, range(50)))
    assert sorted(outcomes) == ["answered"] + [Code.SIMULATION_NOT_ALLOWED] * 49
    assert len(stored(ledger, auth_id).operations) == 2
    audit()


@pytest.mark.parametrize("trouble", [CONNECTION_GONE, ANSWER_LOST, KILLED_BEFORE, KILLED_AFTER], ids=str)
@pytest.mark.parametrize(
    "outcome, name, arguments",
    [
        ("pending:60:approve", "approve", {}),
        ("late:60", "approve", {}),
        ("expire:60", "expire", {}),
        ("reverse:60", "reverse", {"amount": 4_00}),
    ],
)
def test_a_step_that_is_interrupted_is_made_once(
    outcome: str,
    name: str,
    arguments: dict[str, Any],
    trouble: Trouble,
    demo: Merchant,
    wire: Wire,
    ledger: Ledger,
) -> None:
    auth_id = demo.asking(outcome).authorize().json["auth_id"]
    before = table_snapshot.take()
    with wire.record() as recorded:
        faultless = do(auth_id, name, source=None, **arguments)
    for failure in failures(recorded, trouble):
        table_snapshot.put_back(before)
        with failure.happening(wire):
            attempted(lambda: [do(auth_id, name, source=None, **arguments)], [])
        with suppress(Refused):  # it was made already
            do(auth_id, name, source=None, **arguments)
        after = stored(ledger, auth_id)
        assert [type(one) for one in after.operations] == [type(one) for one in faultless.operations], failure
        assert after.amounts == faultless.amounts, failure
    audit()


def test_a_pending_refund_waits_for_a_manual_merchant_and_ends_at_its_time_for_any_other(
    demo: Merchant, clock: Clock, ledger: Ledger
) -> None:
    auth_id = demo.authorized()
    demo.captured(10_00, of=auth_id)
    refund = demo.asking("refund=pending:2592000").refund(auth_id).json
    timers.store_timers(timer_table.table(), timers_of(stored(ledger, auth_id)))
    change_choices(merchant_settings(), build.MERCHANT, simulation=SimulationMode.MANUAL)
    clock.advance(ACTION_WITHIN)
    assert fire_due(lambda: True) == Fired()
    (shown,) = demo.payment(auth_id).json["refunds"]
    assert (shown["transaction_id"], shown["status"]) == (refund["transaction_id"], "pending")
    assert stored(ledger, auth_id).purge_at > (runtime.now() + 45 * build.DAY).timestamp()

    change_choices(merchant_settings(), build.MERCHANT, simulation=SimulationMode.AUTOMATIC)
    assert fire_due(lambda: True) == Fired(performed=1, removed=1)
    ended = stored(ledger, auth_id)
    assert (ended.pending_refunds, ended.operations[-1].at - ended.operations[-2].at) == ({}, 30 * build.DAY)
    audit()
