"""Disputes: statuses, money and items after each step."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from paysandbox.core.errors import Refused
from paysandbox.payments.accounting import balances, payment_postings
from paysandbox.payments.audit import breaks_of
from paysandbox.payments.change import Change
from paysandbox.payments.disputes import schemas
from paysandbox.payments.disputes.dispute import Cause, DisputeStage, DisputeStatus
from paysandbox.payments.disputes.dispute_body import render_dispute
from paysandbox.payments.events.event import events_of
from paysandbox.payments.events.rendering import render_event
from paysandbox.payments.ledger.items import payment_from, payment_item
from paysandbox.payments.operations.dispute_decided import DisputeDecided
from paysandbox.payments.operations.refund import Refund
from paysandbox.payments.operations.refund_updated import RefundUpdated
from paysandbox.payments.payment import CONTRACT, LineKind, Payment, state_of
from paysandbox.payments.refusals import judge
from paysandbox.payments.rules.refund import refund as refund_rule
from paysandbox.payments.simulation import planned_refund, simulation
from paysandbox.payments.timers.timer import timers_of
from tests.support.builders import build, disputes
from tests.support.builders.disputes import EACH, OPENED_AT, stepped, submitted

RECEIVABLE, PENDING, FEES = "scheme_receivable", "merchant_pending:demo", "dispute_fee_income"


def test_the_audit_finds_nothing_and_the_item_has_everything(subtests: pytest.Subtests) -> None:
    for name, payment in EACH.items():
        with subtests.test(str(name)):
            assert breaks_of(payment) == ()
            assert payment_from(payment_item(payment)) == payment


def test_the_payment_keeps_its_status(subtests: pytest.Subtests) -> None:
    for name, payment in EACH.items():
        with subtests.test(str(name)):
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
        ("several", "needs_response", "chargeback", ["withdraw", "expire"]),
        # It cannot be contested while the other one is open.
        ("one of several won", "won", "chargeback", []),
        ("one lost and one won", "won", "chargeback", ["escalate"]),
    ],
)
def test_status_and_possible_actions(name: str, status: str, stage: str, allowed: list[str]) -> None:
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
        ("several", 0, 30_00, -30_00),
        ("one of several lost", 0, 30_00, -30_00),
        ("one of several won", 5_00, 10_00, -15_00),
        ("one lost and one won", 5_00, 10_00, -15_00),
    ],
)
def test_balances_after_a_step(name: str, receivable: int, pending: int, fees: int) -> None:
    posted = balances(payment_postings(EACH[name]))

    assert (posted[RECEIVABLE, "USD"], posted[PENDING, "USD"], posted[FEES, "USD"]) == (receivable, pending, fees)


@pytest.mark.parametrize("amount", [1, 10_00])
def test_a_dispute_takes_its_amount_and_its_fee(amount: int) -> None:
    *_, took, charged = payment_postings(disputes.disputed(amount=amount))

    assert (took.debit, took.credit, took.amount) == (PENDING, RECEIVABLE, amount)
    assert (charged.debit, charged.credit, charged.amount) == (PENDING, FEES, 15_00)


@pytest.mark.parametrize(
    "before, amount, left",
    [
        ("inquired", 10_00, 6_00),
        ("won", 10_00, 6_00),
        ("partly won", 5_00, 5_00),
    ],
)
def test_a_dispute_that_takes_less_than_it_was_opened_with_is_of_what_it_took(
    before: str, amount: int, left: int
) -> None:
    opened = stepped(submitted(disputes.disputed(amount=5_00)), "win") if before == "partly won" else EACH[before]
    assert disputes.latest(opened).amount == amount
    escalated = stepped(refunded(opened, 4_00), "escalate")
    dispute, line = disputes.latest(escalated), [*state_of(escalated).lines.values()]
    taken = -sum(one.gross for one in line if one.kind is LineKind.CHARGEBACK and one.at == dispute.updated_at)
    event = json.loads(render_event(events_of(refunded(opened, 4_00), escalated)[-1]))
    assert (dispute.amount, dispute.taken, taken, event["data"]["amount"]) == (left, left, left, left)
    assert disputes.latest(stepped(submitted(escalated), "win")).amount == left


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


def test_each_step_is_an_event(subtests: pytest.Subtests) -> None:
    for name, payment in EACH.items():
        with subtests.test(str(name)):
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
    change = refund_rule(payment.id, payment.merchant, refund, amount=None, currency=None, current=payment)

    if refused is None:
        done = disputes.after(payment, change)
        assert done.refundable == 0
        assert breaks_of(done) == ()
        assert done.dispute == ("ended" if payment.dispute else None)
    else:
        with pytest.raises(Refused) as refusal:
            judge(change, payment)
        assert refusal.value.code == refused


@pytest.mark.parametrize("name", ["needs response", "inquired", "won"])
@pytest.mark.parametrize("amount", [None, 1])
def test_a_refund_of_an_unknown_capture_is_not_found(name: str, amount: int | None) -> None:
    payment = EACH[name]
    refund = build.refund(7, of=build.operation_id("cap", 99), at=OPENED_AT)
    for current in (None, payment):
        change = refund_rule(payment.id, payment.merchant, refund, amount=amount, currency=None, current=current)
        with pytest.raises(Refused) as refusal:
            judge(change, payment)
        assert refusal.value.code == "resource_not_found"


# --- refunds that take time, during an inquiry ------------------------------------------------------------------------


def pending(payment: Payment, number: int = 1, amount: int | None = None) -> Payment:
    """Refund a part or all, pending."""
    plan = planned_refund.requested_plan("refund=pending")

    def refund(operation: Refund, current: Payment | None) -> Change:
        return refund_rule(payment.id, payment.merchant, operation, amount=amount, currency=None, current=current)

    operation = build.refund(number, at=OPENED_AT)
    return disputes.after(payment, planned_refund.refund_as_planned(plan, operation, payment, refund))


def refund_step(payment: Payment, name: str, number: int = 1) -> Change:
    refund_id = build.operation_id("ref", number)
    stamp = disputes.stamp(f"{name} {number}", payment.operations[-1].at)
    return simulation.step(payment, refund_id, name, {}, stamp)


def refund_stepped(payment: Payment, name: str, number: int = 1) -> Payment:
    return disputes.after(payment, refund_step(payment, name, number))


def refunded(payment: Payment, amount: int) -> Payment:
    refund = build.refund(9, at=OPENED_AT)
    change = refund_rule(payment.id, payment.merchant, refund, amount=amount, currency=None, current=payment)
    return disputes.after(payment, change)


@pytest.mark.parametrize("inquiry", ["inquired", "inquiry reviewed"])
@pytest.mark.parametrize(
    "steps, ends, refundable",
    [
        ([], False, 0),
        (["succeed"], True, 0),
        (["fail"], False, 10_00),
        (["expire"], False, 10_00),
        (["require_action"], False, 0),
        (["require_action", "succeed"], True, 0),
        (["succeed", "fail"], True, 10_00),
    ],
)
def test_a_pending_refund_ends_an_inquiry_when_it_succeeds(
    inquiry: str, steps: list[str], ends: bool, refundable: int
) -> None:
    payment = pending(EACH[inquiry])
    for name in steps:
        payment = refund_stepped(payment, name)

    dispute = disputes.latest(payment)
    assert (dispute.status == "warning_closed", dispute.cause) == (ends, "refunded" if ends else None)
    assert (payment.dispute, payment.refundable) == ("ended" if ends else "inquiry", refundable)
    assert breaks_of(payment) == ()


def test_the_step_that_ends_the_inquiry_has_the_source_of_the_refunds_step() -> None:
    *_, succeeded, ended = refund_stepped(pending(disputes.INQUIRED), "succeed").operations
    assert isinstance(succeeded, RefundUpdated)
    assert isinstance(ended, DisputeDecided)
    assert (ended.source, ended.at) == (succeeded.source, succeeded.at)


@pytest.mark.parametrize(
    "finish",
    [
        lambda payment: refund_stepped(refunded(payment, 6_00), "succeed"),
        lambda payment: refunded(refund_stepped(payment, "succeed"), 6_00),
    ],
    ids=["the pending refund succeeds last", "the pending refund succeeds first"],
)
def test_an_inquiry_ends_when_all_is_refunded_and_nothing_pending(finish: Callable[[Payment], Payment]) -> None:
    payment = pending(disputes.INQUIRED, amount=4_00)
    ended = finish(payment)

    assert disputes.latest(ended).status == "warning_closed"
    assert [type(one) for one in ended.operations].count(DisputeDecided) == 1
    assert breaks_of(ended) == ()


def test_of_two_refunds_that_succeed_at_once_the_later_ends_the_inquiry() -> None:
    payment = pending(pending(disputes.INQUIRED, 1, 4_00), 2, 6_00)
    first, second = (refund_step(payment, "succeed", number) for number in (1, 2))
    after = disputes.after(payment, first)

    assert not second.fits(after)
    assert disputes.latest(after).is_open
    assert disputes.latest(refund_stepped(after, "succeed", 2)).status == "warning_closed"


def test_the_bank_contests_what_the_dispute_took_although_a_refund_has_failed_since() -> None:
    taken = submitted(stepped(pending(disputes.INQUIRED, amount=4_00), "escalate"))
    failed = refund_stepped(stepped(taken, "win"), "fail")
    assert failed.refundable == 10_00
    dispute = disputes.latest(stepped(failed, "escalate", key="contest"))
    assert (dispute.amount, dispute.taken) == (6_00, 6_00)


def test_a_refund_that_succeeds_has_seen_the_inquiry_that_was_opened_meanwhile() -> None:
    payment = pending(disputes.CAPTURED, amount=4_00)
    unaware = refund_step(payment, "succeed")
    inquired = refunded(disputes.disputed(payment, kind="inquiry"), 6_00)

    assert not unaware.fits(inquired)
    assert disputes.latest(refund_stepped(inquired, "succeed")).status == "warning_closed"


def test_several_disputes_are_opened_in_one_write_of_half_the_amount_each() -> None:
    """Each has its own operation, event, deadline and fee, and they can have ends of their own."""
    for amount, parts in [(10_00, [5_00, 5_00]), (9_99, [5_00, 4_99]), (1, [1])]:
        payment = disputes.disputed(amount=amount, kind="several")
        opened = list(state_of(payment).disputes.values())
        assert [dispute.amount for dispute in opened] == parts
        assert [dispute.id for dispute in opened] == disputes.ids_of(payment, range(1, len(parts) + 1))
        assert (
            len(events_of(disputes.CAPTURED, payment)) == len({timer.id for timer in timers_of(payment)}) == len(parts)
        )


@pytest.mark.parametrize(
    "name, refused",
    [
        ("several", "charge_disputed"),
        ("one of several lost", "charge_disputed"),
        ("one of several won", "charge_disputed"),
        ("one lost and one won", None),
    ],
)
def test_refunds_wait_for_the_end_of_each_of_several_disputes(name: str, refused: str | None) -> None:
    refund = Refund(id=build.operation_id("ref", 999), request_id="r", at=OPENED_AT, contract=CONTRACT)
    change = refund_rule(build.PAYMENT_ID, "demo", refund, amount=1, currency=None, current=EACH[name])
    assert change.fits(EACH[name]) is (refused is None)
    if refused is not None:
        with pytest.raises(Refused) as refusal:
            judge(change, EACH[name])
        assert refusal.value.code == refused


@pytest.mark.parametrize("name, program, reason", [
    ("compelling evidence", "compelling_evidence", "fraudulent"),
    ("compliance", "compliance", "noncompliant"),
    ("several", None, "fraudulent"),
])  # fmt: skip
def test_a_program_decides_the_reason(name: str, program: str | None, reason: str) -> None:
    dispute = disputes.latest(EACH[name])
    assert (dispute.program, dispute.reason, render_dispute(EACH[name], dispute).get("program")) == (
        program, reason, program,
    )  # fmt: skip


def test_another_reason_than_the_programs_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        disputes.disputed(kind="compliance", reason="duplicate")
    assert (refused.value.code, refused.value.param) == ("parameter_invalid", "reason")


def test_several_disputes_need_room_for_two() -> None:
    full = build.lived(10_000, captures=[10_000], refunds=[(1, 1)] * 142)
    assert disputes.disputed(full, amount=100).dispute == "chargeback"
    with pytest.raises(Refused) as refused:
        disputes.disputed(full, amount=100, kind="several")
    assert (refused.value.code, refused.value.param) == ("parameter_invalid", "kind")


def test_ten_disputes_of_one_payment() -> None:
    payment = disputes.CAPTURED
    for number in range(1, 11):
        payment = disputes.accepted(disputes.disputed(payment, key=f"open {number}", amount=1_00), key=f"ok {number}")

    assert payment.refundable == 0
    assert list(state_of(payment).disputes) == disputes.ids_of(payment, range(1, 11))
    assert breaks_of(payment) == ()


PAGE = Path(__file__).parents[3] / "docs" / "explanation" / "disputes.md"
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
    change = refund_rule(payment.id, payment.merchant, refund, amount=1, currency=None, current=payment)
    with pytest.raises(Refused) as refusal:
        judge(change, payment)
    return refusal.value.code


def test_documented_names_are_those_of_the_rules() -> None:
    """Type checkers cannot read the members of an enum as literals, so the shapes list them again."""
    causes, _ = get_args(schemas.DisputeBody.model_fields["cause"].annotation)
    assert [*get_args(schemas.DisputeStatusName)] == [*DisputeStatus]
    assert [*get_args(schemas.DisputeStageName)] == [*DisputeStage]
    assert [*get_args(causes)] == [*Cause]
