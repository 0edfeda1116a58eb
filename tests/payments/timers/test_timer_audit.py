"""The audit of timers: every open one is stored, every stored one has its operation, and nothing else is reported."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from paysandbox.aws import runtime
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.payments.audit import Break
from paysandbox.payments.ledger.items import key, payment_item
from paysandbox.payments.ledger.store import get_payment
from paysandbox.payments.payment import Payment, Timer
from paysandbox.payments.simulation import simulation
from paysandbox.payments.timers import due_timers, tables as timer_table, timers
from paysandbox.payments.timers.audit import TimerAudit, missing_timers, open_timers_in
from paysandbox.payments.timers.timer import StoredTimer
from tests.support.builders import build
from tests.support.builders.timed_payments import HOUR, ROWS, pending, put
from tests.support.worlds import tables


@pytest.fixture(autouse=True)
def empty(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty AWS, and a simulation table of few rows."""
    monkeypatch.setattr(simulation, "ACTIONS", ROWS)
    yield
    tables.forget()


def at(after: timedelta) -> datetime:
    return runtime.now() + after


def recorded(*due: Timer, number: int = 1, with_timers: bool = True) -> list[StoredTimer]:
    """Record a payment with an approval due in an hour, or with these timers."""
    steps = due or (Timer(step="approve", at=at(HOUR)),)
    return put(pending(number, *steps, now=at(-HOUR)), with_timers=with_timers)


def payment_of(timer: StoredTimer) -> Payment:
    payment = get_payment(runtime.ledger(), timer.payment_id)
    assert payment is not None
    return payment


def audit(*payments: Payment) -> list[Break]:
    audited = TimerAudit()
    for payment in payments:
        audited.take(payment)
    return audited.close(runtime.ledger(), timer_table.table(), look_again=lambda: False)


def sweep() -> None:
    due_timers.fire_due(lambda: True)


def remove(timer: StoredTimer) -> None:
    timers.remove_timers(timer_table.table(), [timer.id])


def purge(timer: StoredTimer) -> None:
    runtime.ledger().client.delete_item(TableName=runtime.ledger().table, Key=key(timer.payment_id))


def test_matching_records_are_not_breaks() -> None:
    [waits], [due] = recorded(), recorded(Timer(step="approve", at=at(-HOUR)), number=2)
    payments = [payment_of(waits), payment_of(due), build.authorized()]
    assert audit(*payments) == []
    sweep()
    assert audit(*payments) == [], "read before the sweep, and the table after it"
    assert audit(payments[0], payment_of(due)) == []


@pytest.mark.parametrize("after", [HOUR, -HOUR], ids=["not due", "due"])
def test_a_missing_timer_is_a_break(after: timedelta) -> None:
    [timer] = recorded(Timer(step="approve", at=at(after)), with_timers=False)
    [found] = audit(payment_of(timer))
    assert (found.rule, found.where) == ("timer", timer.payment_id)
    assert found.detail.startswith(f"approve of {timer.object_id} falls due at ")


def test_a_step_that_is_over_needs_no_timer() -> None:
    """Approved first; the decline is not possible any more, and its timer goes when it is due."""
    answer, other = recorded(Timer(step="approve", at=at(-HOUR)), Timer(step="decline", at=at(HOUR), value="fraud"))
    sweep()
    assert audit(payment_of(answer)) == []
    remove(other)
    assert audit(payment_of(answer)) == []


@pytest.mark.parametrize("purged", [True, False])
def test_a_timer_without_its_operation_is_a_break(purged: bool) -> None:
    [timer] = recorded()
    forged = replace(timer, id="tmr_forged", operation_id="cap_forged")
    timers.store_timers(timer_table.table(), [forged])
    remove(timer)
    payment = payment_of(timer)
    if purged:
        purge(timer)
    found = audit(payment)
    assert "a timer is stored for approve, and no operation of the payment set it" in [one.detail for one in found]


def test_a_timer_that_is_stored_meanwhile_is_no_break() -> None:
    """The stream's reader may be some seconds behind."""
    [timer] = recorded(with_timers=False)
    audited = TimerAudit()
    audited.take(payment_of(timer))
    assert missing_timers(runtime.ledger(), timer_table.table(), audited.open) == [timer]
    timers.store_timers(timer_table.table(), [timer])
    assert audited.close(runtime.ledger(), timer_table.table(), look_again=lambda: False) == []


def test_a_rebuild_finds_what_is_missing() -> None:
    timed = [recorded(number=number)[0] for number in range(3)]
    remove(timed[1])
    items = [payment_item(payment_of(timer)) for timer in timed]
    items += [payment_item(build.authorized()), {"transaction_id": {"S": "auth_spoilt"}, "version": {"N": "1"}}]
    expected = open_timers_in(items)
    assert expected == timed
    missing = missing_timers(runtime.ledger(), timer_table.table(), expected)
    assert missing == [timed[1]]
    timers.store_timers(timer_table.table(), missing)
    assert audit(*map(payment_of, timed)) == []
