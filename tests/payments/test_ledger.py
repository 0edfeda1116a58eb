"""The books: the postings of each operation; the books of any set of payments balance."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from paysandbox.payments.accounting import Posting, balances, payment_postings, settled_postings
from paysandbox.payments.operations.expiry import Expiry
from paysandbox.payments.payment import CONTRACT, LineKind, Payment
from tests.support.builders import build
from tests.support.builders.payment_scenario import PaymentScenario, Step, capture, refund, run, void
from tests.support.worlds.memory_ledger import MemoryLedger

HOLD, CONTRA = "memo_hold", "memo_hold_contra"
RECEIVABLE, CLEARING, PENDING = "scheme_receivable", "refund_clearing", "merchant_pending:demo"


def moves(postings: tuple[Posting, ...]) -> list[tuple[str, str, int]]:
    return [(posting.debit, posting.credit, posting.amount) for posting in postings]


@pytest.mark.parametrize(
    "kind, gross, fee, posted",
    [
        (LineKind.CAPTURE, 1, 1, [(PENDING, "fee_income", 1), ("bank_cash", RECEIVABLE, 1)]),
        (LineKind.CAPTURE, 1, 0, [(PENDING, "merchant_available:demo", 1), ("bank_cash", RECEIVABLE, 1)]),
        (LineKind.REFUND, -1, 0, [("merchant_available:demo", PENDING, 1), (RECEIVABLE, "bank_cash", 1)]),
        (LineKind.CHARGEBACK, -1, 0, [("merchant_available:demo", PENDING, 1), (RECEIVABLE, "bank_cash", 1)]),
        (LineKind.DISPUTE_FEE, -1, 0, [("merchant_available:demo", PENDING, 1)]),
        (LineKind.DISPUTE_FEE_REVERSAL, 1, 0, [(PENDING, "merchant_available:demo", 1)]),
    ],
)
def test_postings_of_the_smallest_settlement(
    kind: LineKind, gross: int, fee: int, posted: list[tuple[str, str, int]]
) -> None:
    assert moves(settled_postings(merchant="demo", currency="USD", kind=kind, gross=gross, fee=fee)) == posted


@pytest.mark.full
@pytest.mark.parametrize(
    "given, asked, posted",
    [
        ([], capture(4_00), [(CONTRA, HOLD, 4_00), (RECEIVABLE, PENDING, 4_00)]),
        ([], capture(), [(CONTRA, HOLD, 10_00), (RECEIVABLE, PENDING, 10_00)]),
        ([], capture(4_00, final=True), [(CONTRA, HOLD, 4_00), (RECEIVABLE, PENDING, 4_00), (CONTRA, HOLD, 6_00)]),
        ([], capture(final=True), [(CONTRA, HOLD, 10_00), (RECEIVABLE, PENDING, 10_00)]),  # no posting for a rest of 0
        ([], void(), [(CONTRA, HOLD, 10_00)]),
        ([capture(4_00)], void(), [(CONTRA, HOLD, 6_00)]),
        ([capture(4_00)], refund(1_00, of=1), [(PENDING, CLEARING, 1_00), (CLEARING, RECEIVABLE, 1_00)]),
        ([capture(4_00)], refund(1_00), [(PENDING, CLEARING, 1_00), (CLEARING, RECEIVABLE, 1_00)]),
    ],
)
def test_postings_of_an_operation(
    ledger: MemoryLedger, given: list[Step], asked: Step, posted: list[tuple[str, str, int]]
) -> None:
    scenario = PaymentScenario.open(ledger, build.authorized(10_00))
    run(scenario, *given)
    before = payment_postings(scenario.held())

    run(scenario, asked)
    after = payment_postings(scenario.held())
    assert after[: len(before)] == before  # earlier postings stay unchanged
    assert moves(after[len(before) :]) == posted


@pytest.mark.parametrize(
    "payment, posted",
    [
        (build.authorized(10_00), [(HOLD, CONTRA, 10_00)]),
        (build.authorized(10_00, declined=build.decline()), []),  # a declined authorization holds nothing
        (
            build.authorized(10_00, automatic=True),
            [(HOLD, CONTRA, 10_00), (CONTRA, HOLD, 10_00), (RECEIVABLE, PENDING, 10_00)],
        ),
    ],
)
def test_postings_of_an_authorization(payment: Payment, posted: list[tuple[str, str, int]]) -> None:
    assert moves(payment_postings(payment)) == posted


def test_postings_of_an_expiry() -> None:
    authorized = build.lived(10_00, captures=[4_00])
    expiry = Expiry(id=build.operation_id("exp"), request_id="sweep", at=authorized.capture_before, contract=CONTRACT)
    expired = replace(
        authorized, operations=(*authorized.operations, expiry), amounts={**authorized.amounts, expiry.id: 6_00}
    )

    assert moves(payment_postings(expired))[-1] == (CONTRA, HOLD, 6_00)
    assert balances(payment_postings(expired))[HOLD, "USD"] == 0


def test_postings_are_in_the_payments_currency_and_the_merchants_account() -> None:
    postings = payment_postings(build.authorized(10_00, currency="JPY", merchant="globex", automatic=True))

    assert {posting.currency for posting in postings} == {"JPY"}
    assert postings[-1].credit == "merchant_pending:globex"


accounts = st.sampled_from([HOLD, CONTRA, RECEIVABLE, CLEARING, PENDING])
currencies = st.sampled_from(["USD", "EUR", "JPY"])
some_postings = st.lists(
    st.builds(Posting, debit=accounts, credit=accounts, amount=st.integers(1, 99_999_999), currency=currencies)
)


@given(postings=some_postings)
def test_any_postings_balance_per_currency(postings: list[Posting]) -> None:
    totals: Counter[str] = Counter()
    for (_, currency), total in balances(postings).items():
        totals[currency] += total

    assert not any(totals.values())


@given(postings=some_postings, cut=st.integers(0, 20))
def test_balances_add_up_in_any_order(postings: list[Posting], cut: int) -> None:
    """So a running balance can be kept, and audited from scratch."""
    whole = balances(postings)
    parts = balances(reversed(postings[:cut]))
    parts.update(balances(postings[cut:]))  # Counter.update adds

    assert {account: total for account, total in parts.items() if total} == {
        account: total for account, total in whole.items() if total
    }
