"""The queue that makes timers punctual: a message performs its timer; too early or too late, it does nothing."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from payments import fire_timers
from paysandbox.aws import runtime
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.payments.ledger.store import get_payment
from paysandbox.payments.payment import Status, Timer, state_of
from paysandbox.payments.simulation import simulation
from paysandbox.payments.timers import tables as timer_table, timers
from paysandbox.payments.timers.timer import StoredTimer
from tests.support.builders.timed_payments import HOUR, ROWS, pending, put
from tests.support.worlds import tables


@pytest.fixture(autouse=True)
def empty(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty AWS, and a simulation table of few rows."""
    monkeypatch.setattr(simulation, "ACTIONS", ROWS)
    yield
    tables.forget()


def waiting(number: int, after: timedelta = -HOUR) -> StoredTimer:
    """Store a payment whose approval is due at this time from now."""
    due = Timer(step="approve", at=runtime.now() + after)
    return put(pending(number, due, now=runtime.now() - 2 * HOUR))[0]


def status(timer: StoredTimer) -> Status:
    payment = get_payment(runtime.ledger(), timer.payment_id)
    assert payment is not None
    return state_of(payment).status


def message(timer_id: str) -> dict[str, Any]:
    return {"messageId": "1", "body": f'{{"timer_id": "{timer_id}"}}'}


def work(*timer_ids: str) -> None:
    assert fire_timers.handler({"Records": [*map(message, timer_ids)]}, None) == {"batchItemFailures": []}


def stored(*timer_ids: str) -> set[str]:
    return {timer.id for timer in timers.read_timers(timer_table.table(), timer_ids)}


def test_a_message_performs_its_timer() -> None:
    timer, other = waiting(1), waiting(2)
    work(timer.id)
    assert (status(timer), status(other)) == (Status.APPROVED, Status.PROCESSING)
    assert stored(timer.id, other.id) == {other.id}


def test_an_early_or_late_message_has_no_effect() -> None:
    early, done = waiting(1, HOUR), waiting(2)
    work(done.id)
    work(early.id, done.id, "tmr_unknown")
    assert (status(early), status(done)) == (Status.PROCESSING, Status.APPROVED)
    assert stored(early.id, done.id) == {early.id}


def test_a_message_that_fails_does_not_hold_back_the_others() -> None:
    """It returns to the queue, and after five failures to the dead-letter queue, by itself."""
    timer, other = waiting(1), waiting(2)
    bad = {"messageId": "bad", "body": "{}"}
    answer = fire_timers.handler({"Records": [message(timer.id), bad, message(other.id)]}, None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "bad"}]}
    assert stored(timer.id, other.id) == set()
