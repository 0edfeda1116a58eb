"""The audit of the journal of balances: what is wrong is found, and what is written meanwhile is not."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from paysandbox.aws import runtime
from paysandbox.balance.entries import entries_of
from paysandbox.balance.journal import enter_payments, fee_schedule
from paysandbox.balance.journal_audit import JournalAudit
from paysandbox.balance.journal_scan import close_journal
from paysandbox.funds.available import Available, AvailableFunds, SettledSums
from paysandbox.funds.available_table import put_available, read_available
from paysandbox.funds.journal_entry import JournalEntry
from paysandbox.funds.journal_items import entry_key
from paysandbox.funds.journal_table import store_entry
from paysandbox.funds.store import transact
from paysandbox.funds.tables import funds
from paysandbox.payments.ledger.items import payment_item
from paysandbox.payments.payment import Payment
from tests.support.builders.build import MERCHANT, MONDAY
from tests.support.builders.stripe_payments import TAKEN, refunded, settled
from tests.support.worlds import tables

PAYMENT = settled(refunded(TAKEN, 1_00))


@pytest.fixture(autouse=True)
def _sandbox() -> Iterator[None]:
    with tables.sandbox():
        yield


def stored(payment: Payment = PAYMENT) -> Payment:
    """Store a payment, and enter what it moved."""
    runtime.ledger().client.put_item(TableName=runtime.ledger().table, Item=payment_item(payment))
    enter_payments([payment])
    return payment


def found(*payments: Payment, net: int = 0, to_funds: int = 0, carried: int = 0, looks: int = 0) -> list[str]:
    """Return what an audit finds of payments that were read, and of a batch that settled so much."""
    audited, left = JournalAudit(), iter(range(looks))
    for payment in payments:
        audited.take_payment(payment)

    def read_batches() -> None:
        if net or carried:
            audited.take_balance(MERCHANT, "USD", net=net, to_funds=to_funds, closing=carried)

    breaks = close_journal(
        audited, runtime.ledger(), funds(), read_batches, look_again=lambda: next(left, None) is not None
    )
    return [f"{each.where}: {each.detail}" for each in breaks]


def keep(*, amount: int, settled: SettledSums) -> None:
    """Store what is available in USD."""
    before = read_available(funds(), MERCHANT)
    after = AvailableFunds(batch="2026-11-16", of={"USD": Available(amount=amount, settled=settled)})
    assert transact(funds().client, [put_available(funds(), MERCHANT, before, after)]) == []


def capture() -> JournalEntry:
    return next(iter(entries_of(PAYMENT, fee_schedule())))


def test_what_agrees_has_no_difference() -> None:
    stored()
    assert found(PAYMENT) == found() == [], "a payment that was purged is entered nevertheless"


def test_an_entry_that_is_missing() -> None:
    stored()
    funds().client.delete_item(TableName=funds().table, Key=entry_key(capture()))
    assert found(PAYMENT) == [
        f"{capture().id}: demo: 10.00 USD and a fee of 0.07 USD is not entered",
        "demo in USD: the sum of entries is 8.86 USD, not -1.07 USD",
    ]


def test_an_entry_with_another_amount_and_a_final_fee() -> None:
    stored()
    store_entry(funds(), replace(capture(), fee=8))
    assert found(PAYMENT) == [
        f"{capture().id}: demo: 10.00 USD and a fee of 0.08 USD is entered, not 10.00 USD and a fee of 0.07 USD",
        "demo in USD: the sum of entries is 8.86 USD, not 8.85 USD",
    ]


def test_a_fee_that_is_not_final_may_be_another() -> None:
    stored(TAKEN)
    assert found(TAKEN) == []


def test_an_entry_that_nothing_moved() -> None:
    stored()
    stray = replace(capture(), id=f"{capture().id[:-1]}7", amount=5_00, fee=0)
    store_entry(funds(), stray)
    assert found(PAYMENT)[0] == f"{stray.id}: demo: 5.00 USD and a fee of 0.00 USD is entered, and nothing moved it"


def test_what_batches_have() -> None:
    keep(amount=8_86, settled=SettledSums(net=10_86, carried=8_86, to_funds=2_00))
    assert found(net=10_86, to_funds=2_00, carried=8_86) == []
    assert found(net=1_00, carried=0) == [
        "demo in USD: the settled sum is 10.86 USD, not 1.00 USD",
        "demo in USD: the carried balance is 8.86 USD, not 0.00 USD",
        "demo in USD: the sum of draws and kept payouts is 2.00 USD, not 0.00 USD",
    ]


def test_less_is_available_than_was_taken_back() -> None:
    """A batch may leave a debt. Nothing else does, except a capture that was available early and failed."""
    keep(amount=-5_00, settled=SettledSums(net=-5_00, carried=-5_00))
    assert found(net=-5_00, carried=-5_00) == []
    keep(amount=-5_01, settled=SettledSums(net=-5_00, carried=-5_00))
    assert found(net=-5_00, carried=-5_00) == ["demo in USD: -5.01 USD is available, less than -5.00 USD"]
    store_entry(funds(), replace(capture(), amount=-1, fee=0, is_early=True))
    assert "demo in USD: -5.01 USD is available, less than -5.00 USD" not in found(net=-5_00, carried=-5_00)


def test_the_payout_of_a_batch() -> None:
    stored()
    payout = JournalEntry(
        id="2026-11-16@USD", merchant=MERCHANT, kind="payout", currency="USD", amount=-5_00, fee=0, at=MONDAY
    )
    store_entry(funds(), payout)
    assert found(PAYMENT) == ["2026-11-16@USD: demo: -5.00 USD and a fee of 0.00 USD is entered, and nothing moved it"]


def test_a_payment_that_was_read_before_its_refund_is_read_again() -> None:
    stored()
    assert found(TAKEN, looks=1) == []
    assert found(TAKEN) != []
