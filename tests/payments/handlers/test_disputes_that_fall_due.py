"""Disputes that are planned with the authorization: each opens once, by the sandbox's clock, or is refused."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from payments import fire_timers
from paysandbox.aws import runtime
from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.core.errors import Code, Refused
from paysandbox.payments.ledger.store import change_payment, get_payment
from paysandbox.payments.merchant_settings import SimulationMode, change_choices
from paysandbox.payments.payment import Payment, state_of
from paysandbox.payments.simulation.settings import merchant_settings
from paysandbox.payments.timers import due_timers, tables as timer_table, timers
from paysandbox.payments.timers.due_timers import Fired
from paysandbox.payments.timers.steps import timer_change
from paysandbox.payments.timers.timer import StoredTimer, timers_of
from tests.support.builders import build
from tests.support.builders.build import DAY, HOUR
from tests.support.clients.call import Merchant, Reply
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

NOTHING = Fired()
OPENED = Fired(performed=1, removed=1)
REFUSED = Fired(removed=1)


def stored(payment_id: str) -> Payment:
    payment = get_payment(runtime.ledger(), payment_id)
    assert payment is not None
    return payment


def keep_timers(payment_id: str) -> StoredTimer:
    """Store the payment's timers, as the stream's reader does. Return the one that opens a dispute."""
    due = [*timers_of(stored(payment_id))]
    timers.store_timers(timer_table.table(), due)
    return next(timer for timer in due if timer.step == "dispute")


def sold(demo: Merchant, outcome: str = "dispute=duplicate", **more: Any) -> str:
    """Sell something for 10.00 whose payment will be disputed. Return the payment's ID."""
    auth_id: str = demo.asking(outcome).authorize(capture_method="automatic", **more).json["auth_id"]
    keep_timers(auth_id)
    return auth_id


def sweep() -> Fired:
    return due_timers.fire_due(lambda: True)


def disputed(payment_id: str) -> list[tuple[str, int]]:
    """Return reason and amount of the payment's disputes."""
    return [(str(one.reason), one.amount) for one in state_of(stored(payment_id)).disputes.values()]


# --- when its time has come -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number, amount, status, reason",
    [
        ("4000000000000259", 10_00, "needs_response", "fraudulent"),
        ("4000000000002685", 10_00, "needs_response", "product_not_received"),
        ("4000000000001976", 10_00, "warning_needs_response", "fraudulent"),
        ("4111111111111111", 2005_01, "needs_response", "fraudulent"),
        ("4111111111111111", 2005_02, "needs_response", "product_not_received"),
        ("4111111111111111", 2005_03, "warning_needs_response", "fraudulent"),
    ],
)
@pytest.mark.parametrize("method", ["manual", "automatic"])
def test_cards_and_amounts(
    number: str, amount: int, status: str, reason: str, method: str, demo: Merchant, clock: Clock
) -> None:
    auth_id = demo.authorize(card=build.card_details(number=number), amount=amount, capture_method=method).json[
        "auth_id"
    ]
    if method == "manual":
        demo.captured(amount, of=auth_id)
    timer = keep_timers(auth_id)
    assert sweep() == NOTHING
    clock.advance(HOUR)
    assert sweep() == OPENED
    body = demo.payment(auth_id).json
    assert (body["status"], body["dispute"]["status"]) == ("captured", status)
    assert disputed(auth_id) == [(reason, amount)]
    opened = stored(auth_id).operations[-1]
    assert (opened.at, opened.source) == (timer.at, None)


def test_a_dispute_opens_at_its_planned_time_even_if_the_sweep_is_late(demo: Merchant, clock: Clock) -> None:
    auth_id = sold(demo)
    captured_at = stored(auth_id).operations[-1].at
    clock.advance(3 * DAY)
    assert sweep() == OPENED
    opened = stored(auth_id).operations[-1]
    assert opened.at - captured_at == HOUR
    assert opened.timers[0].at - captured_at == HOUR + 10 * DAY
    assert sweep() == NOTHING


def test_after_twelve_days_it_is_lost_too(demo: Merchant, clock: Clock) -> None:
    """What the opening lets fall due is performed by the same sweep."""
    auth_id = sold(demo)
    clock.advance(12 * DAY)
    assert sweep() == Fired(performed=2, removed=1)
    assert demo.payment(auth_id).json["dispute"]["status"] == "lost"


@pytest.mark.parametrize(
    "before, fired, expected",
    [
        (lambda demo, auth_id: demo.payment(auth_id), OPENED, [("duplicate", 10_00)]),
        (lambda demo, auth_id: demo.refund(auth_id, amount=4_00), OPENED, [("duplicate", 6_00)]),
        (lambda demo, auth_id: demo.refund(auth_id), REFUSED, []),
        (lambda demo, auth_id: demo.asking("refund=pending:86400").refund(auth_id), REFUSED, []),
    ],
    ids=["nothing", "refunded in part", "refunded", "refund pending"],
)
def test_it_takes_the_unrefunded_amount(
    before: Callable[[Merchant, str], object],
    fired: Fired,
    expected: list[tuple[str, int]],
    demo: Merchant,
    clock: Clock,
) -> None:
    auth_id = sold(demo)
    before(demo, auth_id)
    clock.advance(HOUR)
    assert sweep() == fired
    assert disputed(auth_id) == expected


def test_a_capture_that_failed_is_not_disputed(demo: Merchant, clock: Clock) -> None:
    auth_id = sold(demo, "capture=fail,dispute=duplicate")
    clock.advance(HOUR)
    assert sweep() == Fired(performed=1, removed=2)
    assert (demo.payment(auth_id).json["captures"], disputed(auth_id)) == ([], [])


def test_two_captures_are_disputed_together(demo: Merchant, clock: Clock) -> None:
    auth_id = demo.asking("dispute=duplicate").authorize().json["auth_id"]
    demo.captured(4_00, of=auth_id)
    demo.captured(6_00, of=auth_id)
    keep_timers(auth_id)
    clock.advance(HOUR)
    assert sweep() == OPENED
    assert disputed(auth_id) == [("duplicate", 10_00)]
    assert set(stored(auth_id).captures.values()) == {0}


def test_a_manual_merchant_decides_when(demo: Merchant, clock: Clock) -> None:
    auth_id = sold(demo)
    change_choices(merchant_settings(), demo.name, simulation=SimulationMode.MANUAL)
    clock.advance(2 * HOUR)
    assert sweep() == NOTHING
    change_choices(merchant_settings(), demo.name, simulation=SimulationMode.AUTOMATIC)
    assert sweep() == OPENED
    assert disputed(auth_id) == [("duplicate", 10_00)]


def test_the_queue_of_a_local_sandbox_opens_it_on_the_second(demo: Merchant, clock: Clock) -> None:
    auth_id = sold(demo, "dispute=duplicate:60")
    (timer,) = timers_of(stored(auth_id))
    message = {"messageId": "1", "body": f'{{"timer_id": "{timer.id}"}}'}
    for seconds, expected in ((0, []), (60, [("duplicate", 10_00)]), (0, [("duplicate", 10_00)])):
        clock.advance(seconds * (HOUR / 3600))
        assert fire_timers.handler({"Records": [message]}, None) == {"batchItemFailures": []}
        assert disputed(auth_id) == expected


# --- once -------------------------------------------------------------------------------------------------------------


def opening(timer: StoredTimer, read: Payment) -> Callable[[], str]:
    """Return what opens the dispute as the sweep does, after it has read the payment."""

    def fire() -> str:
        try:
            change_payment(
                runtime.ledger(), lambda current: timer_change(current or read, timer, validity_s=0), current=read
            )
        except Refused as refused:
            return refused.code
        return "opened"

    return fire


@pytest.mark.full
def test_fifty_sweeps_at_once_make_one_opening(demo: Merchant, wire: Wire) -> None:
    auth_id = sold(demo)
    read = stored(auth_id)
    (timer,) = timers_of(read)
    fire = opening(timer, read)
    with wire.meeting(50, "UpdateItem"), ThreadPoolExecutor(50) as pool:
        assert {fired.result() for fired in [pool.submit(fire) for _ in range(50)]} == {"opened"}
    assert len(stored(auth_id).operations) == len(read.operations) + 1
    assert disputed(auth_id) == [("duplicate", 10_00)]


@pytest.mark.parametrize(
    "refunded, outcome, expected", [(4_00, "opened", [("duplicate", 6_00)]), (10_00, Code.SIMULATION_NOT_ALLOWED, [])]
)
def test_a_refund_that_the_sweep_has_not_seen(
    refunded: int, outcome: str, expected: list[tuple[str, int]], demo: Merchant
) -> None:
    auth_id = sold(demo)
    read = stored(auth_id)
    (timer,) = timers_of(read)
    assert demo.refund(auth_id, amount=refunded).status == 200
    assert opening(timer, read)() == outcome
    assert disputed(auth_id) == expected


@pytest.mark.parametrize("amount", [4_00, 10_00])
@pytest.mark.parametrize("refund_first", [True, False])
def test_a_refund_at_the_same_time(amount: int, refund_first: bool, demo: Merchant, wire: Wire) -> None:
    """Both have decided before either is recorded. No cent is both refunded and charged back."""
    auth_id = sold(demo)
    read = stored(auth_id)
    (timer,) = timers_of(read)
    hashing_keys()
    fixed = demo.at(runtime.now())

    def refund() -> Reply:
        return fixed.refund(auth_id, amount=amount)

    with wire.meeting(2, "UpdateItem"), ThreadPoolExecutor(2) as pool:
        both = (refund, opening(timer, read))
        done = [pool.submit(one) for one in (both if refund_first else reversed(both))]
        replies = [one.result() for one in (done if refund_first else reversed(done))]
    reply, opened = replies
    assert isinstance(reply, Reply)
    if reply.status == 200:
        rest = 10_00 - amount
        assert opened == ("opened" if rest else Code.SIMULATION_NOT_ALLOWED)
        assert disputed(auth_id) == ([("duplicate", rest)] if rest else [])
    else:
        assert (reply.status, reply.code, opened) == (409, "charge_disputed", "opened")
        assert disputed(auth_id) == [("duplicate", 10_00)]


@pytest.mark.full
@pytest.mark.parametrize("trouble", [CONNECTION_GONE, ANSWER_LOST, KILLED_BEFORE, KILLED_AFTER], ids=str)
def test_a_sweep_that_is_interrupted_opens_one(trouble: Trouble, demo: Merchant, wire: Wire, clock: Clock) -> None:
    auth_id = sold(demo)
    (timer,) = timers_of(stored(auth_id))
    clock.advance(HOUR)
    before = table_snapshot.take()
    with wire.record() as recorded:
        due_timers.fire_timers([timer.id])
    faultless = stored(auth_id)
    for failure in failures(recorded, trouble):
        table_snapshot.put_back(before)
        with failure.happening(wire):
            attempted(lambda: [due_timers.fire_timers([timer.id])], [])
        with suppress(Refused):
            due_timers.fire_timers([timer.id])
        assert stored(auth_id) == faultless, failure
        assert timers.read_timers(timer_table.table(), [timer.id]) == [], failure
        audit()
