"""Balance transactions of payments are the ledger's postings and the settlement's lines, to the unit."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from random import Random
from typing import Any

import pytest
import stripe
from hypothesis import given, settings, strategies as st

from paysandbox.payments.accounting import balances, payment_postings
from paysandbox.payments.accounts import merchant_available, merchant_pending
from paysandbox.payments.operations.authorization import authorization_of
from paysandbox.payments.payment import FEE_KINDS, Payment
from paysandbox.settlement.business_day import BatchName
from paysandbox.settlement.close import Payout
from paysandbox.stripe_api.ids import payment_of_balance_transaction, payout_of_transaction, payout_transaction_id
from paysandbox.stripe_api.objects.balance import balance_body
from paysandbox.stripe_api.objects.balance_transaction import (
    BalanceTransaction,
    balance_transaction_body,
    balance_transaction_of_payout,
    balance_transactions_of,
)
from paysandbox.stripe_api.objects.payment_snapshot import snapshot_of
from paysandbox.stripe_api.objects.render import render_charge
from tests.settlement.test_settlement_history import FEES, SettlementHistory, finish
from tests.support.builders import disputes, later_steps
from tests.support.builders.build import MONDAY
from tests.support.builders.stripe_payments import LIVES, TAKEN, captured, noted, opened, refunded, settled, tried
from tests.support.tools.stripe_shapes import faults

PAYOUT = Payout(id="stl_" + "a" * 26, batch="2026-11-20", merchant="demo", currency="USD", amount=9_00)
LATER = {name: value for name, value in vars(later_steps).items() if isinstance(value, Payment)}
EACH = {**LIVES, **disputes.EACH, **LATER}
HELD = tried(opened())


def moved(payment: Payment) -> list[BalanceTransaction]:
    return [*balance_transactions_of(snapshot_of(payment), FEES)]


def shown(payment: Payment) -> list[tuple[Any, ...]]:
    return [(one.type, one.amount, one.fee, one.net, one.is_available) for one in moved(payment)]


def wrong(one: BalanceTransaction) -> list[str]:
    return faults(balance_transaction_body(one), stripe.BalanceTransaction)


# --- what moves -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "payment, expected",
    [
        (opened(), []),
        (HELD, []),
        (tried(opened(), "lost_card"), []),
        (TAKEN, [("charge", 10_00, 59, 9_41, False)]),
        (captured(HELD, 4_00), [("charge", 4_00, 42, 3_58, False)]),
        (captured(captured(HELD, 4_00)), [("charge", 4_00, 42, 3_58, False), ("charge", 6_00, 47, 5_53, False)]),
        (refunded(TAKEN, 1_00), [("charge", 10_00, 59, 9_41, False), ("refund", -1_00, 0, -1_00, False)]),
        # The fee that the batch recorded, whatever the schedule says now.
        (settled(TAKEN), [("charge", 10_00, 7, 9_93, True)]),
        (
            refunded(settled(TAKEN), 1_00),
            [("charge", 10_00, 7, 9_93, True), ("refund", -1_00, 0, -1_00, False)],
        ),
    ],
)
def test_what_moves_the_balance(payment: Payment, expected: list[Any]) -> None:
    assert shown(payment) == expected


def test_a_capture_whose_funds_are_available_waits_for_no_batch() -> None:
    """Until it fails, or until its batch: what takes money back is pending as always."""
    early = replace(TAKEN, plan="funds=available")
    assert shown(refunded(early, 1_00)) == [("charge", 10_00, 59, 9_41, True), ("refund", -1_00, 0, -1_00, False)]
    assert [one.available_on for one in moved(early)] == [moved(early)[0].at]


def last_of(payment: Payment, count: int) -> list[tuple[str, int, bool]]:
    """Return the last ones: their type, the sign of their net, and whether they are available."""
    return [(one.type, 1 if one.net > 0 else -1, one.is_available) for one in moved(payment)[-count:]]


@pytest.mark.parametrize(
    "payment, expected",
    [
        (later_steps.REFUND_PENDING, [("charge", 1, False), ("refund", -1, False)]),
        (later_steps.REFUND_WAITS, [("charge", 1, False), ("refund", -1, False)]),
        (later_steps.REFUND_SUCCEEDED, [("charge", 1, False), ("refund", -1, False)]),
        # What was taken back before it could be settled is in no batch, and waits for none.
        (later_steps.REFUND_FAILED, [("refund", -1, True), ("refund_failure", 1, True)]),
        (later_steps.REFUND_CANCELED, [("refund", -1, True), ("refund_failure", 1, True)]),
        (later_steps.CAPTURE_FAILED, [("charge", 1, True), ("payment_failure_refund", -1, True)]),
        (disputes.WON, [("charge", 1, False), ("adjustment", -1, False), ("adjustment", 1, False)]),
    ],
)
def test_what_takes_it_back(payment: Payment, expected: list[Any]) -> None:
    assert last_of(payment, len(expected)) == expected


def test_it_is_expected_with_the_next_nightly_batch_and_available_with_its_own() -> None:
    day = int(MONDAY.replace(hour=0, minute=0, second=0, microsecond=0).timestamp())
    (waiting,), (done,) = moved(TAKEN), moved(settled(TAKEN))
    assert balance_transaction_body(waiting)["available_on"] == day + 24 * 3600
    assert done.available_on == settled(TAKEN).operations[-1].at
    (delayed,) = moved(later_steps.DELAYED)
    assert delayed.available_on > waiting.available_on


# --- shape ------------------------------------------------------------------------------------------------------------


def test_every_one_has_the_sdks_shape_and_an_id_of_its_own(subtests: pytest.Subtests) -> None:
    for name, payment in EACH.items():
        with subtests.test(name):
            every = moved(payment)
            assert [fault for one in every for fault in wrong(one)] == []
            assert len({one.id for one in every}) == len(every)
            assert {payment_of_balance_transaction(one.id) for one in every} <= {payment.id}
            assert len({one.entry_id for one in every}) == len(every)
    assert wrong(balance_transaction_of_payout(PAYOUT, MONDAY)) == []


def test_the_fields_of_a_charge() -> None:
    described = noted(TAKEN, authorization_of(TAKEN).id, description="Order 7")
    (body,) = [balance_transaction_body(one) for one in moved(described)]
    charge = render_charge(described, authorization_of(described).id)
    assert body == {
        "id": charge["balance_transaction"],
        "object": "balance_transaction",
        "amount": 10_00,
        "available_on": body["available_on"],
        "balance_type": "payments",
        "created": body["created"],
        "currency": "usd",
        "description": "Order 7",
        "exchange_rate": None,
        "fee": 59,
        "fee_details": [
            {
                "amount": 59,
                "application": None,
                "currency": "usd",
                "description": "Stripe processing fees",
                "type": "stripe_fee",
            }
        ],
        "net": 9_41,
        "reporting_category": "charge",
        "source": charge["id"],
        "status": "pending",
        "type": "charge",
    }


@pytest.mark.parametrize(
    "payment, described",
    [
        (refunded(TAKEN, 1_00), "REFUND FOR CHARGE"),
        (noted(refunded(TAKEN, 1_00), authorization_of(TAKEN).id, description="Tea"), "REFUND FOR CHARGE (Tea)"),
    ],
)
def test_a_refund_names_what_was_charged(payment: Payment, described: str) -> None:
    assert moved(payment)[-1].description == described


@pytest.mark.parametrize("batch", ["2026-11-20", "2026-11-20.2", "2026-11-20.99999"])
def test_the_id_of_a_payouts_names_its_batch(batch: str) -> None:
    assert str(BatchName.read(batch)) == batch
    name = payout_transaction_id(batch, "USD")
    assert payout_of_transaction(name) == (batch, "USD")
    assert payment_of_balance_transaction(name) is None


@pytest.mark.parametrize("name", ["txn_", "txn_x", "po_20261120usd", "txn_20261120USD", f"txn_{'a' * 36}"])
def test_other_ids_are_not_of_a_payout(name: str) -> None:
    assert payout_of_transaction(name) is None


def test_a_balance_has_the_sdks_shape_and_all_its_currencies() -> None:
    body = balance_body({"USD": 5_00}, {"USD": -1, "ISK": 5})
    assert faults(body, stripe.Balance) == []
    assert [(part["currency"], part["amount"]) for part in body["available"]] == [("isk", 0), ("usd", 5_00)]
    assert [(part["currency"], part["amount"]) for part in body["pending"]] == [("isk", 5_00), ("usd", -1)]
    assert [part["currency"] for part in balance_body({}, {})["pending"]] == ["usd"]


# --- the ledger and the settlement ------------------------------------------------------------------------------------


def agree_with_the_ledger(payments: Iterable[Payment]) -> None:
    """Pending and available are the merchant's two accounts. The fee is due when a batch has the capture."""
    ours, ledgers = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for payment in payments:
        accounts = balances(payment_postings(payment))
        pending, available = merchant_pending(payment.merchant), merchant_available(payment.merchant)
        for account in (pending, available):
            ledgers[account, payment.currency] -= accounts[account, payment.currency]
        for one in moved(payment):
            is_due_later = not one.is_available and one.type == "charge"
            account = available if one.is_available else pending
            ours[account, one.currency] += one.amount if is_due_later else one.net
    assert nonzero(ours) == nonzero(ledgers)


def nonzero(sums: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    return {of: total for of, total in sums.items() if total}


def agree_with_the_batches(history: SettlementHistory) -> None:
    """Each line of a batch is one of ours, to the unit. With the payouts, they are the last closing balance."""
    ours = {one.id: one for payment in history.ledger.payments.values() for one in moved(payment)}
    sums = Counter[tuple[str, str]]()
    for night in history.nights:
        for entry in night.entries.values():
            if entry.kind not in FEE_KINDS:
                one = ours[f"txn_{entry.operation_id.partition('_')[2]}"]
                assert (one.amount, one.is_available) == (entry.gross, True)
                assert entry.fee == (one.fee if one.type == "charge" else 0)
        for of, balance in (night.closed or {}).items():
            if balance.payout:
                sums[of] += balance_transaction_of_payout(balance.payout, history.now).net
    for payment in history.ledger.payments.values():
        for one in moved(payment):
            if one.is_available:
                sums[payment.merchant, payment.currency] += one.net
    closing = {of: balance.closing for of, balance in (history.nights[-1].closed or {}).items()}
    assert nonzero(sums) == nonzero(closing)


def test_any_life_agrees_with_the_ledger(subtests: pytest.Subtests) -> None:
    for name, payment in EACH.items():
        with subtests.test(name):
            agree_with_the_ledger([payment])


def lived(seed: int, steps: list[str]) -> None:
    history = SettlementHistory(Random(seed))
    history.live(["pay", "operate", *steps])
    agree_with_the_ledger(history.ledger.payments.values())
    finish(history)
    agree_with_the_ledger(history.ledger.payments.values())
    agree_with_the_batches(history)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_history_agrees_with_the_ledger_before_and_after_settlement(seed: int) -> None:
    lived(seed, ["pay", *["operate"] * 8, "run", *["operate"] * 4, "killed run"] * 3)


@pytest.mark.full
@settings(max_examples=300)
@given(
    seed=st.integers(0, 2**32),
    steps=st.lists(st.sampled_from(["pay", *["operate"] * 4, "wait", "run", "killed run"]), max_size=60),
)
def test_any_history_agrees_with_the_ledger_before_and_after_settlement(seed: int, steps: list[str]) -> None:
    lived(seed, steps)
