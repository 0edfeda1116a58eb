"""Recounting what a merchant has available, from entries, statements and payments."""

from dataclasses import replace

from paysandbox.balance.entries import entries_of
from paysandbox.balance.recount import Recount
from paysandbox.funds.available import Available, AvailableFunds, SettledSums
from paysandbox.funds.journal_entry import entry_of_funding
from paysandbox.payments.payment import Payment
from paysandbox.settlement.close import Balance
from paysandbox.settlement.fees import read_fees
from tests.support.builders.build import MERCHANT
from tests.support.builders.disbursements import funding
from tests.support.builders.stripe_payments import TAKEN, settled

EARLY = replace(TAKEN, plan="funds=available")
NET = 9_41
FEES = read_fees("default=30+290")


def counted(*payments: Payment, fund: int = 0) -> Recount:
    """Return a count of what payments moved, and of a funding."""
    recount = Recount()
    for payment in payments:
        for entry in entries_of(payment, FEES):
            recount.take_entry(entry)
    if fund:
        recount.take_entry(entry_of_funding(funding(1, amount=fund)))
    return recount


def closed(batch: str, *, net: int, opening: int = 0, draws: int = 0, closing: int) -> Balance:
    """Return a balance of a batch without a payout."""
    return Balance(
        batch=batch,
        merchant=MERCHANT,
        currency="USD",
        opening=opening,
        net=net,
        payout=None,
        closing=closing,
        draws=draws,
    )


def usd(recount: Recount) -> Available:
    return recount.available(MERCHANT).of["USD"]


def test_what_is_pending_is_not_available() -> None:
    recount = counted(TAKEN)
    assert recount.entered == {(MERCHANT, "USD"): NET}
    assert recount.available(MERCHANT) == AvailableFunds()


def test_batches_leave_what_they_carry_and_what_was_drawn() -> None:
    """The draws came from the carried balance: what took them is in the sum of fundings and movements."""
    recount = counted(fund=1_00)
    recount.take_balance("2026-11-16", closed("2026-11-16", net=80, closing=80))
    recount.take_balance("2026-11-17", closed("2026-11-17", opening=80, net=-10, draws=50, closing=20))
    assert recount.available(MERCHANT).batch == "2026-11-17"
    assert usd(recount) == Available(amount=1_00 + 50 + 20, settled=SettledSums(net=70, carried=20, to_funds=50))


def test_an_early_capture_is_available_once() -> None:
    """Before its batch as what is early, and after it as what the batch left."""
    recount = counted(EARLY)
    assert recount.early_payments() == [EARLY.id]
    recount.take_early(EARLY)
    assert usd(recount) == Available(amount=NET, early=NET)

    recount = counted(EARLY)
    recount.take_balance("2026-11-16", closed("2026-11-16", net=NET, closing=NET))
    recount.take_early(settled(EARLY))
    assert usd(recount) == Available(amount=NET, settled=SettledSums(net=NET, early=NET, carried=NET))
