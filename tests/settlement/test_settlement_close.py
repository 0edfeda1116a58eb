"""Closing a batch: totals, balance carried over, and payout; every inconsistency is found before publication."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from paysandbox.core import ids
from paysandbox.core.cards.brand import Brand
from paysandbox.core.payout_destination import PayoutDestination
from paysandbox.payments.payment import LineKind
from paysandbox.settlement.close import (
    Balance,
    BooksDoNotBalanceError,
    Of,
    Payout,
    Totals,
    check,
    close,
    entry_postings,
    payout_postings,
    totals_of,
)
from paysandbox.settlement.settlement import Entry
from tests.support.builders import build

BATCH = "2026-11-20"
DEMO_USD, DEMO_JPY, GLOBEX_USD = ("demo", "USD"), ("demo", "JPY"), ("globex", "USD")


def entry(gross: int, fee: int = 0, *, number: int = 1, of: Of = DEMO_USD) -> Entry:
    kind = LineKind.CAPTURE if gross > 0 else LineKind.REFUND
    operation_id = build.operation_id("cap" if gross > 0 else "ref", number)
    merchant, currency = of
    return Entry(
        batch=BATCH,
        merchant=merchant,
        currency=currency,
        operation_id=operation_id,
        payment_id=build.PAYMENT_ID,
        kind=kind,
        occurred_at=build.MONDAY,
        gross=gross,
        fee=fee,
        brand=Brand.VISA,
        last4="4242",
    )


ENTRIES = [
    entry(10_00, 59, number=1),
    entry(5_00, 45, number=2),
    entry(-2_00, number=3),
    entry(700, 50, number=4, of=DEMO_JPY),
    entry(-9_00, number=5, of=GLOBEX_USD),
]


def test_totals_are_by_merchant_and_currency() -> None:
    assert totals_of(reversed(ENTRIES)) == {
        DEMO_JPY: Totals(merchant="demo", currency="JPY", count=1, gross=700, refunds=0, fees=50),
        DEMO_USD: Totals(merchant="demo", currency="USD", count=3, gross=15_00, refunds=2_00, fees=1_04),
        GLOBEX_USD: Totals(merchant="globex", currency="USD", count=1, gross=0, refunds=9_00, fees=0),
    }
    assert [*totals_of(ENTRIES)] == sorted(totals_of(ENTRIES))
    assert [total.net for total in totals_of(ENTRIES).values()] == [650, 11_96, -9_00]
    assert totals_of([]) == {}


def reversal(gross: int) -> Entry:
    return replace(entry(gross, number=6), kind=LineKind.REFUND_REVERSAL, operation_id=build.operation_id("rfu", 6))


@pytest.mark.parametrize(
    "entries, refunds, net",
    [
        ([entry(-2_00), reversal(2_00)], 0, 0),
        ([entry(10_00, 59), entry(-3_00), reversal(2_00)], 1_00, 8_41),
        ([reversal(2_00)], -2_00, 2_00),  # the refund is in an earlier batch
    ],
)
def test_reversals_reduce_refunds_not_captures(entries: list[Entry], refunds: int, net: int) -> None:
    totals = totals_of(entries)
    (total,) = totals.values()
    captured = sum(one.gross for one in entries if one.kind is LineKind.CAPTURE)
    assert (total.gross, total.refunds, total.net, total.count) == (captured, refunds, net, len(entries))
    check(entries, totals, close(BATCH, totals, {}))


def disputed(kind: LineKind, gross: int, number: int = 7) -> Entry:
    return replace(entry(gross, number=number), kind=kind, operation_id=build.operation_id("adj", number))


CHARGED_BACK = [disputed(LineKind.CHARGEBACK, -4_00), disputed(LineKind.DISPUTE_FEE, -15_00, 8)]
RETURNED = [disputed(LineKind.CHARGEBACK_REVERSAL, 4_00, 9), disputed(LineKind.DISPUTE_FEE_REVERSAL, 15_00, 10)]


@pytest.mark.parametrize(
    "entries, chargebacks, dispute_fees, net",
    [
        (CHARGED_BACK, 4_00, 15_00, -19_00),
        ([entry(10_00, 59), entry(-1_00, number=2), *CHARGED_BACK], 4_00, 15_00, -10_59),
        (CHARGED_BACK + RETURNED, 0, 0, 0),
        (CHARGED_BACK + RETURNED[:1], 0, 15_00, -15_00),  # won, and the fee is kept
        (RETURNED, -4_00, -15_00, 19_00),  # the chargeback is in an earlier batch
    ],
)
def test_disputes_have_totals_of_their_own(entries: list[Entry], chargebacks: int, dispute_fees: int, net: int) -> None:
    totals = totals_of(entries)
    (total,) = totals.values()
    assert (total.chargebacks, total.dispute_fees, total.net, total.count) == (
        chargebacks,
        dispute_fees,
        net,
        len(entries),
    )
    assert total.net == total.gross - total.refunds - total.chargebacks - total.dispute_fees - total.fees
    check(entries, totals, close(BATCH, totals, {}))


def test_what_is_shared_is_in_the_totals_of_both_merchants() -> None:
    """A capture of 10.00 is transferred, and an application fee of 1.00 comes back. Each balances by itself."""
    lines = {
        "demo": [(LineKind.CAPTURE, 10_00), (LineKind.TRANSFER, -10_00), (LineKind.APPLICATION_FEE, 1_00)],
        "globex": [(LineKind.TRANSFER, 10_00), (LineKind.APPLICATION_FEE, -1_00)],
    }
    for merchant, expected in {
        "demo": Totals(merchant="demo", currency="USD", count=3, gross=10_00, transfers=9_00),
        "globex": Totals(merchant="globex", currency="USD", count=2, transfers=-9_00),
    }.items():
        of = (merchant, "USD")
        entries = [replace(entry(gross, of=of), kind=kind) for kind, gross in lines[merchant]]
        totals = totals_of(entries)
        assert totals == {of: expected}
        check(entries, totals, close(BATCH, totals, {}))


_GIVES = ("capture", "reversal", "application_fee")


def test_every_kind_of_line_counts_towards_a_total() -> None:
    entries = [
        replace(entry(1_00 if str(kind).endswith(_GIVES) else -1_00, number=number), kind=kind)
        for number, kind in enumerate(LineKind)
    ]
    (total,) = totals_of(entries).values()
    assert total == Totals(merchant="demo", currency="USD", count=len(LineKind), gross=1_00)


def test_dispute_fees_post_no_cash_of_the_network() -> None:
    posted = {(one.debit, one.credit, one.amount) for kept in CHARGED_BACK + RETURNED for one in entry_postings(kept)}
    assert posted == {
        ("merchant_available:demo", "merchant_pending:demo", 4_00),
        ("scheme_receivable", "bank_cash", 4_00),
        ("merchant_available:demo", "merchant_pending:demo", 15_00),
        ("merchant_pending:demo", "merchant_available:demo", 4_00),
        ("bank_cash", "scheme_receivable", 4_00),
        ("merchant_pending:demo", "merchant_available:demo", 15_00),
    }


def test_a_negative_balance_is_carried_until_payouts_resume() -> None:
    """Three nights: a chargeback of what was paid out, a sale that does not cover it, and one that does."""
    closing, told = 0, list[tuple[int, int, int, int]]()
    for entries in (CHARGED_BACK, [entry(10_00)], [entry(11_00)]):
        totals = totals_of(entries)
        closed = close(BATCH, totals, {DEMO_USD: closing})
        check(entries, totals, closed)
        balance = closed[DEMO_USD]
        told.append((balance.opening, balance.net, balance.paid_out, balance.closing))
        closing = balance.closing
    assert told == [(0, -19_00, 0, -19_00), (-19_00, 10_00, 0, -9_00), (-9_00, 11_00, 2_00, 0)]


@pytest.mark.parametrize(
    "opening, net, minimum, paid, closing",
    [
        (0, 100, 100, 100, 0),
        (0, 99, 100, 0, 99),  # stays below the minimum
        (99, 1, 100, 100, 0),
        (0, -5_00, 100, 0, -5_00),  # owed
        (-5_00, 4_00, 100, 0, -1_00),
        (-5_00, 5_99, 100, 0, 99),
        (-5_00, 6_00, 100, 100, 0),
        (0, 0, 100, 0, 0),
        (0, 0, 0, 0, 0),  # zero is never a payout, whatever the minimum
        (0, 1, 0, 1, 0),
        (0, -1, 0, 0, -1),
        (250, 0, 100, 250, 0),  # no new entries, and the minimum was lowered
    ],
)
def test_payouts_and_carried_balances(opening: int, net: int, minimum: int, paid: int, closing: int) -> None:
    totals = (
        {DEMO_USD: Totals(merchant="demo", currency="USD", count=1, gross=max(net, 0), refunds=max(-net, 0))}
        if net
        else {}
    )
    balance = close(BATCH, totals, {DEMO_USD: opening}, minimum=minimum)[DEMO_USD]

    assert (balance.opening, balance.net, balance.paid_out, balance.closing) == (opening, net, paid, closing)
    assert len(payout_postings(balance)) == (1 if paid else 0)


def test_payout_ids_are_unique() -> None:
    ids = {
        balance.payout.id
        for batch in (BATCH, "2026-11-20.2")
        for balance in close(batch, totals_of(ENTRIES), {GLOBEX_USD: 20_00}).values()
        if balance.payout
    }
    again = close(BATCH, totals_of(ENTRIES), {GLOBEX_USD: 20_00})[DEMO_USD].payout
    assert len(ids) == 6
    assert again is not None
    assert again.id in ids


def test_balances_without_entries_are_kept_in_name_order() -> None:
    closed = close(BATCH, totals_of(ENTRIES), {("acme", "EUR"): -7})
    assert [*closed] == [("acme", "EUR"), DEMO_JPY, DEMO_USD, GLOBEX_USD]
    assert closed["acme", "EUR"] == Balance(
        batch=BATCH, merchant="acme", currency="EUR", opening=-7, net=0, payout=None, closing=-7
    )


def test_consistent_batches_can_be_closed() -> None:
    totals = totals_of(ENTRIES)
    check(iter(ENTRIES), totals, close(BATCH, totals, {DEMO_USD: -3_00, ("acme", "EUR"): 5_00}))
    check([], {}, {})


def test_payouts_name_batch_and_merchant() -> None:
    payout = close(BATCH, totals_of(ENTRIES), {})[DEMO_USD].payout
    assert payout == Payout(
        id=ids.payout_id(BATCH, *DEMO_USD), batch=BATCH, merchant="demo", currency="USD", amount=11_96
    )


def test_a_destination_is_only_that_of_the_payout() -> None:
    closed = close(BATCH, totals_of(ENTRIES), {})
    paid, carried = closed[DEMO_USD], closed[GLOBEX_USD]
    payout = Payout(
        id=ids.payout_id(BATCH, *DEMO_USD),
        batch=BATCH,
        merchant="demo",
        currency="USD",
        amount=11_96,
        destination=PayoutDestination.BALANCE,
    )
    assert paid.paid_to(PayoutDestination.BALANCE) == replace(paid, payout=payout)
    assert carried.paid_to(PayoutDestination.BALANCE) == carried


def test_smallest_payout() -> None:
    entries = [entry(1)]
    totals = totals_of(entries)
    closed = close(BATCH, totals, {}, minimum=1)
    assert closed[DEMO_USD].paid_out == 1
    check(entries, totals, closed)

    nothing = replace(
        closed[DEMO_USD], payout=Payout(id="stl_x", batch=BATCH, merchant="demo", currency="USD", amount=0), closing=1
    )
    with pytest.raises(BooksDoNotBalanceError, match="demo in USD is paid 0 of 1"):
        check(entries, totals, {DEMO_USD: nothing})


def test_all_errors_are_reported_at_once() -> None:
    totals = totals_of(ENTRIES)
    closed = close(BATCH, totals, {})
    del closed[DEMO_JPY]
    closed[GLOBEX_USD] = replace(closed[GLOBEX_USD], closing=1)
    told = "^demo in JPY has no balance; globex in USD closes at 1, which is not 0 [+] -900 - 0 - 0$"
    with pytest.raises(BooksDoNotBalanceError, match=told):
        check(ENTRIES, totals, closed)


Lie = Callable[[dict[str, Any]], object]


def without(of: Of) -> Lie:
    return lambda batch: batch["closed"].pop(of)


def balance_with(of: Of, **parts: Any) -> Lie:
    return lambda batch: batch["closed"].update({of: replace(batch["closed"][of], **parts)})


def totals_with(of: Of, **parts: Any) -> Lie:
    return lambda batch: batch["totals"].update({of: replace(batch["totals"][of], **parts)})


@pytest.mark.parametrize(
    "lie, told",
    [
        (lambda batch: batch["entries"].pop(), "globex has 0 entries in USD, and a total of 1"),
        (lambda batch: batch["entries"].append(entry(1, number=9)), "demo has 4 entries in USD, and a total of 3"),
        (lambda batch: batch["entries"].append(entry(1, number=9, of=("acme", "USD"))), "acme has 1 entries in USD"),
        (lambda batch: batch["totals"].pop(DEMO_JPY), "demo in JPY is 0 net by its totals, and 650 by its balance"),
        (totals_with(DEMO_USD, gross=15_01), "demo in USD is 1197 net by its totals, and 1196 by its balance"),
        (totals_with(DEMO_USD, gross=15_01), "bank_cash moves by 400 USD by the entries, and by 401 by the totals"),
        (totals_with(DEMO_USD, fees=1_03, gross=14_99), "fee_income moves by -104 USD by the entries, and by -103"),
        (lambda batch: batch["entries"].__setitem__(0, entry(10_01, 60)), "merchant_pending:demo moves by 1301 USD"),
        (totals_with(DEMO_USD, chargebacks=1), "bank_cash moves by 400 USD by the entries, and by 399 by the totals"),
        (totals_with(DEMO_USD, dispute_fees=1), "merchant_pending:demo moves by 1300 USD by the entries, and by 1299"),
        (
            totals_with(DEMO_USD, chargebacks=1, dispute_fees=-1),
            "bank_cash moves by 400 USD by the entries, and by 399",
        ),
        (without(DEMO_USD), "demo in USD has no balance"),
        (balance_with(DEMO_USD, closing=1), r"demo in USD closes at 1, which is not 0 \+ 1196 - 0 - 1196"),
        (balance_with(DEMO_USD, opening=1), r"demo in USD closes at 0, which is not 1 \+ 1196 - 0 - 1196"),
        (
            balance_with(
                GLOBEX_USD,
                payout=Payout(id="stl_x", batch=BATCH, merchant="globex", currency="USD", amount=1),
                closing=-9_01,
            ),
            "globex in USD is paid 1 of -900",
        ),
        (
            balance_with(
                DEMO_USD,
                payout=Payout(id="stl_x", batch=BATCH, merchant="demo", currency="USD", amount=11_97),
                closing=-1,
            ),
            "demo in USD is paid 1197 of 1196",
        ),
    ],
)
def test_inconsistent_batches_are_not_closed(lie: Lie, told: str) -> None:
    totals = totals_of(ENTRIES)
    batch = {"entries": [*ENTRIES], "totals": totals, "closed": close(BATCH, totals, {})}
    lie(batch)

    with pytest.raises(BooksDoNotBalanceError, match=told):
        check(**batch)
