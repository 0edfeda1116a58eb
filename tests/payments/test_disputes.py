"""Disputes: statuses, money and items after each step."""

import re
from pathlib import Path

import pytest

from paysandbox.core.errors import Refused
from paysandbox.payments import rules, simulation
from paysandbox.payments.accounting import balances, payment_postings
from paysandbox.payments.audit import breaks_of
from paysandbox.payments.event import events_of
from paysandbox.payments.events import render_event
from paysandbox.payments.items import payment_from, payment_item
from paysandbox.payments.operation import CONTRACT, Refund
from paysandbox.payments.payment import LineKind, Payment, state_of
from tests.support import build, disputes
from tests.support.disputes import EACH, OPENED_AT

RECEIVABLE, PENDING, FEES = "scheme_receivable", "merchant_pending:demo", "dispute_fee_income"


@pytest.mark.parametrize("payment", EACH.values(), ids=EACH.keys())
def test_the_audit_finds_nothing_and_the_item_has_everything(payment: Payment) -> None:
    assert breaks_of(payment) == ()
    assert payment_from(payment_item(payment)) == payment


@pytest.mark.parametrize("payment", EACH.values(), ids=EACH.keys())
def test_the_payment_keeps_its_status(payment: Payment) -> None:
    assert state_of(payment).status == "captured"


@pytest.mark.parametrize(
    "name, status, stage, allowed",
    [
        ("needs response", "needs_response", "chargeback", ["withdraw", "expire"]),
        ("under review", "under_review", "chargeback", ["win", "lose", "withdraw"]),
        ("won", "won", "chargeback", ["escalate"]),
        ("lost", "lost", "chargeback", []),
        ("accepted", "lost", "chargeback", []),
        ("expired", "lost", "chargeback", []),
        ("withdrawn", "needs_response", "chargeback", ["expire"]),
        ("contested", "needs_response", "pre_arbitration", ["withdraw", "expire"]),
        ("arbitrated", "under_review", "arbitration", ["win", "lose", "withdraw"]),
        ("won twice", "won", "arbitration", []),
        ("inquired", "warning_needs_response", "inquiry", ["withdraw", "escalate", "expire"]),
        ("inquiry reviewed", "warning_under_review", "inquiry", ["win", "lose", "withdraw", "escalate", "expire"]),
        ("inquiry closed", "warning_closed", "inquiry", []),
        ("escalated", "needs_response", "chargeback", ["withdraw", "expire"]),
    ],
)
def test_status_and_what_can_happen_next(name: str, status: str, stage: str, allowed: list[str]) -> None:
    dispute = disputes.latest(EACH[name])

    assert (dispute.status, dispute.stage) == (status, stage)
    assert [action.name for action in simulation.allowed(EACH[name], dispute.id)] == allowed


@pytest.mark.parametrize(
    "name, receivable, pending, fees",
    [
        ("needs response", 0, 15_00, -15_00),
        ("partly", 6_00, 9_00, -15_00),
        ("won", 10_00, -10_00, 0),
        ("lost", 0, 15_00, -15_00),
        ("contested", 0, 0, 0),
        ("won twice", 10_00, -10_00, 0),
        ("inquired", 10_00, -10_00, 0),
        ("inquiry closed", 10_00, -10_00, 0),
        ("escalated", 0, 15_00, -15_00),
    ],
)
def test_balances_after_a_step(name: str, receivable: int, pending: int, fees: int) -> None:
    posted = balances(payment_postings(EACH[name]))

    assert (posted[RECEIVABLE, "USD"], posted[PENDING, "USD"], posted[FEES, "USD"]) == (receivable, pending, fees)


@pytest.mark.parametrize(
    "name, lines",
    [
        ("inquired", []),
        ("needs response", [(LineKind.CHARGEBACK, -10_00), (LineKind.DISPUTE_FEE, -15_00)]),
        ("lost", [(LineKind.CHARGEBACK, -10_00), (LineKind.DISPUTE_FEE, -15_00)]),
        (
            "contested",
            [
                (LineKind.CHARGEBACK, -10_00),
                (LineKind.DISPUTE_FEE, -15_00),
                (LineKind.CHARGEBACK_REVERSAL, 10_00),
                (LineKind.DISPUTE_FEE_REVERSAL, 15_00),
                (LineKind.CHARGEBACK, -10_00),
            ],
        ),
    ],
)
def test_settlement_lines(name: str, lines: list[tuple[LineKind, int]]) -> None:
    assert [(line.kind, line.gross) for line in state_of(EACH[name]).lines.values()][1:] == lines


@pytest.mark.parametrize("payment", EACH.values(), ids=EACH.keys())
def test_each_step_is_an_event(payment: Payment) -> None:
    events = events_of(disputes.CAPTURED, payment)

    assert len(events) == len(payment.operations) - len(disputes.CAPTURED.operations)
    assert all(render_event(event) for event in events)


@pytest.mark.parametrize(
    "name, refused",
    [
        ("needs response", "charge_disputed"),
        ("under review", "charge_disputed"),
        ("contested", "charge_disputed"),
        ("lost", "already_refunded"),
        ("won", None),
        ("inquired", None),
    ],
)
def test_a_refund_of_a_disputed_payment(name: str, refused: str | None) -> None:
    payment = EACH[name]
    refund = Refund(id=build.operation_id("ref", 7), request_id="r", at=OPENED_AT, contract=CONTRACT)
    change = rules.refund(payment.id, payment.merchant, refund, amount=None, currency=None, current=payment)

    if refused is None:
        done = disputes.after(payment, change)
        assert done.refundable == 0
        assert breaks_of(done) == ()
        assert done.dispute == ("ended" if payment.dispute else None)
    else:
        with pytest.raises(Refused) as refusal:
            rules.judge(change, payment)
        assert refusal.value.code == refused


@pytest.mark.parametrize("name", ["needs response", "inquired", "won"])
@pytest.mark.parametrize("amount", [None, 1])
def test_a_refund_of_an_unknown_capture_is_not_found(name: str, amount: int | None) -> None:
    payment = EACH[name]
    refund = build.refund(7, of=build.operation_id("cap", 99), at=OPENED_AT)
    for current in (None, payment):
        change = rules.refund(payment.id, payment.merchant, refund, amount=amount, currency=None, current=current)
        with pytest.raises(Refused) as refusal:
            rules.judge(change, payment)
        assert refusal.value.code == "resource_not_found"


def test_ten_disputes_of_one_payment() -> None:
    payment = disputes.CAPTURED
    for number in range(1, 11):
        payment = disputes.accepted(disputes.disputed(payment, key=f"open {number}", amount=1_00), key=f"ok {number}")

    assert payment.refundable == 0
    assert list(state_of(payment).disputes) == disputes.ids_of(payment, range(1, 11))
    assert breaks_of(payment) == ()


PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "disputes.md"
_POSTING = re.compile(r"^\| (\w+) \(J\d+\) \| `([\w:]+)` \| `([\w:]+)` \| (\d+)\.(\d\d) \|$", re.MULTILINE)


def test_the_postings_of_the_page_are_those_of_the_code() -> None:
    known, contested = payment_postings(disputes.CAPTURED), payment_postings(EACH["contested"])
    expected = [(one.debit, one.credit, one.amount) for one in contested[len(known) :]]
    shown = [
        (debit, credit, int(major) * 100 + int(minor))
        for _, debit, credit, major, minor in _POSTING.findall(PAGE.read_text())
    ]

    assert shown == expected


def test_a_dispute_needs_room() -> None:
    """It takes that of four refunds, also from refunds that come later."""
    refunded = build.lived(10_000, captures=[10_000], refunds=[(1, 1)] * 145)
    full = build.lived(10_000, captures=[10_000], refunds=[(1, 1)] * 146)
    assert (len(refunded.amounts), len(full.amounts)) == (146, 147)

    disputed = disputes.accepted(disputes.disputed(refunded, amount=1))

    assert refused_refund(disputed) == "too_many_refunds"
    assert "dispute" not in [action.name for action in simulation.allowed(disputed, disputed.id)]
    assert "dispute" not in [action.name for action in simulation.allowed(full, full.id)]


def refused_refund(payment: Payment) -> str:
    refund = Refund(id=build.operation_id("ref", 999), request_id="r", at=OPENED_AT, contract=CONTRACT)
    change = rules.refund(payment.id, payment.merchant, refund, amount=1, currency=None, current=payment)
    with pytest.raises(Refused) as refusal:
        rules.judge(change, payment)
    return refusal.value.code
