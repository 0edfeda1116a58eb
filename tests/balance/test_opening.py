"""Opening entries: what payments moved that were deleted before a journal of their balances was begun."""

import pytest

from paysandbox.balance.entries import entries_of
from paysandbox.balance.opening import Opening
from paysandbox.funds.journal_entry import opening_entry
from paysandbox.payments.payment import Payment
from paysandbox.settlement.close import Balance
from paysandbox.settlement.fees import read_fees
from tests.support.builders.build import MERCHANT
from tests.support.builders.stripe_payments import TAKEN, refunded, settled

LEFT = settled(refunded(TAKEN, 1_00))
NET = 10_00 - 7 - 1_00 - 7
"""What its batch has of it: each line has a fee of 0.07."""
FEES = read_fees("default=30+290")


def opening(*payments: Payment, net: int) -> Opening:
    """Count payments that are left, and a batch with a net."""
    counted = Opening("2026-11-16")
    for payment in payments:
        counted.take_payment(payment)
    counted.take_balance(
        Balance(batch="2026-11-16", merchant=MERCHANT, currency="USD", opening=0, net=net, payout=None, closing=net)
    )
    return counted


@pytest.mark.parametrize(
    "payments, net, missing",
    [
        ([LEFT], NET, 0),
        ([LEFT], NET + 5_00, 5_00),
        ([LEFT, TAKEN], NET - 2_00, -2_00),
        ([], 7_00, 7_00),
    ],
    ids=["all are left", "one is gone", "what is not settled is in no batch", "all are gone"],
)
def test_what_is_missing(payments: list[Payment], net: int, missing: int) -> None:
    expected = [opening_entry(MERCHANT, "USD", missing)] if missing else []
    assert [*opening(*payments, net=net).missing()] == expected


def test_a_payment_that_was_deleted_after_it_was_entered_is_there() -> None:
    counted = opening(net=NET)
    for entry in entries_of(LEFT, FEES):
        counted.take_entry(entry)
    assert [*counted.missing()] == []


def test_a_balance_is_opened_once() -> None:
    counted = opening(LEFT, net=NET + 5_00)
    counted.take_entry(opening_entry(MERCHANT, "USD", 5_00))
    assert [*counted.missing()] == []
