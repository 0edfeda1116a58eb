"""The table of timers: a projection of the ledger, written any number of times with the same bytes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.aws.schema import INDEX_SHARDS, TIMERS_KEY
from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.payments.ledger.store import change_payment, put_payment
from paysandbox.payments.payment import Payment, Timer
from paysandbox.payments.rules.capture import capture as capture_rule
from paysandbox.payments.timers import tables as timer_table, timers
from paysandbox.payments.timers.timer import StoredTimer, added_timers, timers_of
from tests.support.builders import build
from tests.support.builders.build import MERCHANT, MONDAY, OTHER_MERCHANT
from tests.support.worlds import table_snapshot, tables

MINUTE = timedelta(minutes=1)


def timed(*steps: Timer, number: int = 1, merchant: str = MERCHANT) -> Payment:
    """Return an authorization with these timers."""
    payment = build.authorized(merchant=merchant, payment_id=ids.payment_id("timed", str(number)))
    return replace(payment, operations=(replace(payment.operations[0], timers=steps),))


def stored(number: int = 1, *, after: timedelta = MINUTE, merchant: str = MERCHANT, **of: Any) -> StoredTimer:
    [timer] = timers_of(timed(Timer(step="approve", at=MONDAY + after, **of), number=number, merchant=merchant))
    return timer


def rows() -> list[dict[str, Any]]:
    return table_snapshot.items_of(tables.TIMED)


def test_a_timer_belongs_to_its_operation_unless_it_names_an_object() -> None:
    payment = timed(Timer(step="approve", at=MONDAY), Timer(step="fail", at=MONDAY, of="cap_1", value="unknown"))
    first, second = timers_of(payment)
    assert (first.id, first.object_id, first.value) == (ids.timer_id(payment.id, "approve"), payment.id, None)
    assert (second.id, second.object_id, second.value) == (ids.timer_id(payment.id, "fail"), "cap_1", "unknown")


def test_a_write_adds_the_timers_of_its_own_operations() -> None:
    before = timed(Timer(step="approve", at=MONDAY))
    capture = replace(build.capture(2, payment_id=before.id), timers=(Timer(step="fail", at=MONDAY),))
    after = replace(before, operations=(*before.operations, capture))
    assert [timer.step for timer in added_timers(None, after)] == ["approve", "fail"]
    assert [timer.step for timer in added_timers(before, after)] == ["fail"]
    assert added_timers(after, after) == []


@pytest.mark.parametrize("timer", [stored(), stored(value="lost_card"), stored(of="ref_1")])
def test_items_are_read_as_they_were_written(timer: StoredTimer) -> None:
    assert timers.timer_from(timers.timer_item(timer)) == timer


def test_all_timers_of_a_payment_are_in_one_shard() -> None:
    soon, late = timers_of(timed(Timer(step="approve", at=MONDAY), Timer(step="fail", at=MONDAY + MINUTE)))
    assert timers.timer_item(soon)["due_key"] == timers.timer_item(late)["due_key"]


def test_storing_again_changes_nothing(ledger: Ledger) -> None:
    table = timer_table.table()
    many = [stored(number) for number in range(60)]
    timers.store_timers(table, many)
    first = rows()
    timers.store_timers(table, [*many, *many])
    assert rows() == first
    assert len(first) == 60
    timers.remove_timers(table, [timer.id for timer in many[1:]] * 2)
    assert [row[TIMERS_KEY]["S"] for row in rows()] == [many[0].id]
    assert timers.read_timers(table, [many[0].id, many[1].id]) == [many[0]]


def test_due_steps_are_listed_earliest_first(ledger: Ledger) -> None:
    mine = [stored(number, after=number * MINUTE) for number in range(40)]
    timers.store_timers(timer_table.table(), [*reversed(mine), stored(99, merchant=OTHER_MERCHANT)])
    assert len({ids.shard_of(timer.payment_id, INDEX_SHARDS) for timer in mine}) > 8
    listed: list[StoredTimer] = []
    cursor: str | None = None
    for size in (15, 15, 10):
        page, cursor = timers.waiting(timer_table.table(), MERCHANT, limit=15, cursor=cursor)
        assert len(page) == size
        listed += page
    assert (listed, cursor) == (mine, None)


def test_a_cursor_is_of_one_merchant(ledger: Ledger) -> None:
    timers.store_timers(timer_table.table(), [stored(1), stored(2)])
    _, cursor = timers.waiting(timer_table.table(), MERCHANT, limit=1)
    with pytest.raises(Refused) as refused:
        timers.waiting(timer_table.table(), OTHER_MERCHANT, limit=1, cursor=cursor)
    assert refused.value.code is Code.CURSOR_INVALID


@pytest.mark.parametrize("after", [timedelta(days=1), timedelta(days=130)])
def test_a_payment_outlives_its_last_timer_by_its_retention(ledger: Ledger, after: timedelta) -> None:
    due = MONDAY + after
    payment, _ = put_payment(ledger, timed(Timer(step="approve", at=due)))
    assert payment.purge_at == int(due.timestamp()) + ledger.retention_s
    capture = build.capture(2, at=MONDAY + MINUTE, payment_id=payment.id)
    captured = change_payment(
        ledger,
        lambda current: capture_rule(payment.id, MERCHANT, capture, amount=1_00, currency=None, current=current),
    )
    assert captured.purge_at == payment.purge_at, "an earlier operation does not shorten it"
