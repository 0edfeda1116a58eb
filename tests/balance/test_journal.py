"""The journal of balances: whatever is read twice, at once, or stops halfway, each movement is entered once."""

import itertools
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from botocore import endpoint
from hypothesis import given, settings, strategies as st

from paysandbox.aws import runtime
from paysandbox.aws.stream_batch import Failure
from paysandbox.balance.entries import entries_of
from paysandbox.balance.journal import enter_changes, enter_payments, fee_schedule
from paysandbox.funds.available import Available, Sums
from paysandbox.funds.journal_entry import JournalEntry
from paysandbox.funds.journal_table import correct_fees, enter, read_entries, read_sums, replace_entered
from paysandbox.funds.tables import funds
from paysandbox.payments.ledger.stream import changed_payment_in
from paysandbox.payments.payment import Payment
from paysandbox.settlement.fees import FeeSchedule, read_fees
from tests.support.builders import build, disputes, later_steps
from tests.support.builders.build import MERCHANT, MONDAY, OTHER_MERCHANT
from tests.support.builders.stripe_payments import LIVES, TAKEN, refunded, settled
from tests.support.fakes import stream
from tests.support.worlds import tables
from tests.support.worlds.aws_transport import Killed, Wire
from tests.support.worlds.crash import ANSWER_LOST, KILLED_AFTER, KILLED_BEFORE, failures

LATER = {name: value for name, value in vars(later_steps).items() if isinstance(value, Payment)}
EACH = {**LIVES, **disputes.EACH, **LATER}
EARLY = replace(TAKEN, plan="funds=available")


@pytest.fixture(autouse=True)
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """The wire between the worker and its table, in an empty sandbox."""
    with tables.sandbox():
        wire = Wire()
        wire.attach(runtime.dynamodb())
        monkeypatch.setattr(endpoint, "time", SimpleNamespace(sleep=wire.delays_s.append))
        yield wire
        wire.detach()


def records_of(payment: Payment) -> list[Any]:
    """Return the records of a payment's life, one for each operation."""
    cut = [replace(payment, operations=payment.operations[:count]) for count in range(1, len(payment.operations) + 1)]
    return [stream.record(before, after) for before, after in itertools.pairwise([None, *cut])]


def enter_records(records: Iterable[Any]) -> list[Failure]:
    """Enter a batch of records, as the worker that has parsed them does."""
    return enter_changes([changed for changed in map(changed_payment_in, records) if changed is not None])


def sums(merchant: str = MERCHANT) -> dict[str, Sums]:
    return read_sums(funds(), merchant)


def expected(*payments: Payment, fees: FeeSchedule | None = None) -> dict[tuple[str, str], tuple[int, int]]:
    """Return the net of all entries of the payments, and of those that are early, by merchant and currency."""
    net, early = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for payment in payments:
        for entry in entries_of(payment, fees or fee_schedule()):
            net[entry.merchant, entry.currency] += entry.net
            early[entry.merchant, entry.currency] += entry.net if entry.is_early else 0
    return {of: (net[of], early[of]) for of in net}


def entered(*merchants: str) -> dict[tuple[str, str], tuple[int, int]]:
    return {
        (merchant, currency): (of.entered, of.available.early)
        for merchant in merchants or (MERCHANT,)
        for currency, of in sums(merchant).items()
    }


def entry(number: int, *, merchant: str = MERCHANT, currency: str = "USD", fee: int = 0) -> JournalEntry:
    return JournalEntry(
        id=f"cap_{number}", merchant=merchant, kind="capture", currency=currency, amount=100, fee=fee, at=MONDAY
    )


# --- records ----------------------------------------------------------------------------------------------------------


def test_every_life_is_entered_operation_by_operation(subtests: pytest.Subtests) -> None:
    for name, payment in EACH.items():
        with subtests.test(name), tables.sandbox():
            assert enter_records(records_of(payment)) == []
            assert entered(*{one.merchant for one in entries_of(payment, fee_schedule())}) == expected(payment)


def test_a_batch_that_is_read_again_adds_nothing() -> None:
    records = records_of(refunded(TAKEN, 1_00))
    for batch in (records[:2], records, records[1:]):
        enter_records(batch)
    assert entered() == expected(refunded(TAKEN, 1_00))


def test_what_was_never_captured_moves_nothing(wire: Wire) -> None:
    with wire.record() as sent:
        assert enter_records([*records_of(build.authorized()), stream.record(build.authorized(), None)]) == []
    assert sent == []


def test_a_record_that_cannot_be_entered_is_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paysandbox.balance.journal.has_early_funds", lambda _: 1 / 0)
    (record,) = records_of(TAKEN)[-1:]
    (failure,) = enter_records([record])
    assert (failure.record.source, failure.reason) == (record, "ZeroDivisionError")


@pytest.mark.parametrize("trouble", [KILLED_BEFORE, KILLED_AFTER, ANSWER_LOST], ids=str)
def test_a_worker_that_stops_at_any_call_and_is_repeated(trouble: Any, wire: Wire) -> None:
    payment = settled(refunded(TAKEN, 1_00))
    with tables.sandbox(), wire.record() as recorded:
        wire.attach(runtime.dynamodb())
        enter_records(records_of(payment))
    for failure in failures(recorded, trouble):
        with tables.sandbox():
            wire.attach(runtime.dynamodb())
            with failure.happening(wire), suppress(Killed):
                enter_records(records_of(payment))
            enter_records(records_of(payment))
            assert entered() == expected(payment), failure


# --- fees and early funds ---------------------------------------------------------------------------------------------


def test_a_fee_becomes_final_with_its_settlement() -> None:
    """The batch recorded 7, whatever the schedule said when the capture was entered."""
    before, after = TAKEN, settled(TAKEN)
    enter_records(records_of(before))
    assert entered()[MERCHANT, "USD"] == (9_41, 0)
    for _ in range(2):
        enter_records([stream.record(before, after)])
        assert entered()[MERCHANT, "USD"] == (9_93, 0)
    (moved,) = entries_of(after, fee_schedule())
    assert read_entries(funds(), MERCHANT, [moved.position]) == [moved]


def test_a_fee_that_was_0_and_one_that_becomes_0() -> None:
    enter(funds(), [entry(1), entry(2, fee=5)])
    assert correct_fees(funds(), [entry(1, fee=3), entry(2), entry(3, fee=9)]) == 2
    assert entered()[MERCHANT, "USD"] == (197, 0)
    assert correct_fees(funds(), [entry(1, fee=3), entry(2)]) == 0


def test_early_funds_until_the_capture_fails() -> None:
    enter_records(records_of(EARLY))
    assert sums()["USD"] == Sums(entered=9_41, available=Available(amount=9_41, early=9_41))
    assert sums()["USD"].pending == 0
    failed = replace(later_steps.CAPTURE_FAILED, plan="funds=available")
    with tables.sandbox():
        enter_records(records_of(failed))
        assert [(of.entered, of.available.amount, of.available.early) for of in sums().values()] == [(0, 0, 0)]


# --- at once ----------------------------------------------------------------------------------------------------------


def test_entries_that_are_entered_at_once_count_once(wire: Wire) -> None:
    every = [entry(number) for number in range(12)]
    with wire.meeting(4, "TransactWriteItems"):
        threads = [threading.Thread(target=enter, args=(funds(), every[part:])) for part in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sums()["USD"].entered == 12_00


def test_more_entries_than_fit_into_a_transaction() -> None:
    """Each merchant and currency has a sum of its own, which takes a place too."""
    every = [entry(number, merchant=f"merchant-{number}") for number in range(70)]
    every += [entry(number, currency="EUR") for number in range(100, 220)]
    assert enter(funds(), [*every, *every]) == 190
    assert enter(funds(), [*every, entry(300)]) == 1
    assert sums() == {"EUR": Sums(entered=120_00), "USD": Sums(entered=1_00)}
    assert sums("merchant-69") == {"USD": Sums(entered=1_00)}


def test_payments_that_were_partly_entered_are_completed() -> None:
    payment = settled(refunded(TAKEN, 1_00))
    enter_records(records_of(TAKEN))
    other = replace(TAKEN, merchant=OTHER_MERCHANT)
    assert enter_payments([payment, other]) == 3
    assert enter_payments([payment, other]) == 0
    assert entered(MERCHANT, OTHER_MERCHANT) == expected(payment, other)


@settings(deadline=None, max_examples=30)
@given(random=st.randoms(use_true_random=False), fees=st.sampled_from(["default=0+0", "default=30+290", "default=1+9"]))
def test_any_cut_of_any_lives(random: Random, fees: str) -> None:
    """Records of several lives in turns, in batches of any size, some of them read twice."""
    lives = random.sample(sorted(EACH), 3)
    payments = [EACH[name] for name in lives]
    moved = {payment.id for payment in payments}
    queues = [records_of(payment) for payment in payments if payment.id in moved]
    ids = {payment.id: payment for payment in payments}
    if len(ids) < len(payments):  # lives that have one ID would be one payment
        queues, payments = [records_of(payments[0])], payments[:1]
    with tables.sandbox():
        read: list[Any] = []
        while any(queues):
            queue = random.choice([one for one in queues if one])
            read.append(queue.pop(0))
            if random.random() < 0.4:
                enter_records(read)
                read = read if random.random() < 0.3 else []
        enter_records(read)
        merchants = {one.merchant for payment in payments for one in entries_of(payment, read_fees(fees))}
        assert entered(*merchants) == expected(*payments)


def test_sums_that_are_replaced_unless_they_change_meanwhile() -> None:
    enter(funds(), [entry(1)])
    assert replace_entered(funds(), MERCHANT, "USD", before=1_00, after=5_00)
    assert not replace_entered(funds(), MERCHANT, "USD", before=1_00, after=6_00)
    assert replace_entered(funds(), MERCHANT, "EUR", before=0, after=7)
    assert sums() == {"EUR": Sums(entered=7), "USD": Sums(entered=5_00)}
