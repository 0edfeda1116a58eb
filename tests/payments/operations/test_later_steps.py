"""What a bank, the network or the cardholder does to a payment later: statuses, postings, items, audit."""

from collections import Counter
from dataclasses import replace

import pytest

from paysandbox.payments.accounting import balances, payment_postings
from paysandbox.payments.audit import breaks_of
from paysandbox.payments.bank.authentication_result import AuthenticationResult
from paysandbox.payments.ledger.items import payment_from, payment_item
from paysandbox.payments.payment import LineKind, Operation, state_of
from paysandbox.payments.refund_status import RefundStatus
from tests.support.builders import build, later_steps
from tests.support.builders.later_steps import CAPTURE_ID, EACH, REFUND_ID

PENDING_OF_MERCHANT = ("merchant_pending:demo", "USD")
RECEIVABLE = ("scheme_receivable", "USD")
CLEARING = ("refund_clearing", "USD")
HELD = ("memo_hold", "USD")


@pytest.mark.parametrize(
    "name, status",
    [
        ("challenged", "requires_action"),
        ("authenticated", "approved"),
        ("not authenticated", "declined"),
        ("decoupled", "requires_action"),
        ("pending", "processing"),
        ("declined later", "declined"),
        ("approved late", "approved"),
        ("capture failed", "approved"),
        ("presented late", "partially_captured"),
        ("fraud warning", "partially_captured"),
        ("reversed", "reversed"),
        ("reversed partly", "approved"),
        ("incremented", "approved"),
        ("increment declined", "approved"),
        ("refund pending", "partially_captured"),
        ("refund waits", "partially_captured"),
        ("refund succeeded", "partially_refunded"),
        ("refund failed", "partially_captured"),
        ("refund canceled", "partially_captured"),
        ("refund failed afterwards", "partially_captured"),
    ],
)
def test_status_after_a_later_step(name: str, status: str) -> None:
    assert state_of(EACH[name]).status == status


def test_the_audit_finds_nothing(subtests: pytest.Subtests) -> None:
    for name, payment in EACH.items():
        with subtests.test(str(name)):
            assert breaks_of(payment) == ()


def test_the_item_has_everything(subtests: pytest.Subtests) -> None:
    for name, payment in EACH.items():
        with subtests.test(str(name)):
            assert payment_from(payment_item(payment)) == payment


@pytest.mark.parametrize(
    "name, expected",
    [
        ("challenged", {}),
        ("pending", {}),
        ("authenticated", {HELD: 10_00}),
        ("capture failed", {HELD: 10_00}),
        ("reversed", {}),
        ("reversed partly", {HELD: 7_00}),
        ("incremented", {HELD: 15_00}),
        ("increment declined", {HELD: 10_00}),
        ("refund pending", {HELD: 6_00, RECEIVABLE: 4_00, PENDING_OF_MERCHANT: -3_00, CLEARING: -1_00}),
        ("refund succeeded", {HELD: 6_00, RECEIVABLE: 3_00, PENDING_OF_MERCHANT: -3_00}),
        ("refund failed", {HELD: 6_00, RECEIVABLE: 4_00, PENDING_OF_MERCHANT: -4_00}),
        ("refund failed afterwards", {HELD: 6_00, RECEIVABLE: 4_00, PENDING_OF_MERCHANT: -4_00}),
    ],
)
def test_balances_after_a_later_step(name: str, expected: dict[tuple[str, str], int]) -> None:
    held = expected.get(HELD, 0)
    posted = {account: total for account, total in balances(payment_postings(EACH[name])).items() if total}

    assert posted == Counter(expected) | ({("memo_hold_contra", "USD"): -held} if held else {})


@pytest.mark.parametrize(
    "name, lines",
    [
        ("capture failed", {}),
        ("refund pending", {CAPTURE_ID: (LineKind.CAPTURE, 4_00)}),
        ("refund failed", {CAPTURE_ID: (LineKind.CAPTURE, 4_00)}),
        ("refund succeeded", {CAPTURE_ID: (LineKind.CAPTURE, 4_00), REFUND_ID: (LineKind.REFUND, -1_00)}),
        (
            "refund failed afterwards",
            {
                CAPTURE_ID: (LineKind.CAPTURE, 4_00),
                REFUND_ID: (LineKind.REFUND, -1_00),
                later_steps.REFUND_FAILED_AFTERWARDS.operations[-1].id: (LineKind.REFUND_REVERSAL, 1_00),
            },
        ),
    ],
)
def test_settlement_lines(name: str, lines: dict[str, tuple[LineKind, int]]) -> None:
    assert {of: (line.kind, line.gross) for of, line in state_of(EACH[name]).lines.items()} == lines


@pytest.mark.parametrize(
    "name, field, value, rule",
    [
        ("refund pending", "pending_refunds", {}, "counters"),
        ("refund succeeded", "pending_refunds", {REFUND_ID: 1_00}, "counters"),
        ("refund failed", "refundable", 3_00, "counters"),
        ("challenged", "open_until", None, "counters"),
        ("capture failed", "remaining", 6_00, "counters"),
    ],
)
def test_the_audit_finds_a_counter_that_disagrees(name: str, field: str, value: object, rule: str) -> None:
    assert rule in {one.rule for one in breaks_of(replace(EACH[name], **{field: value}))}


@pytest.mark.parametrize(
    "name, step, detail",
    [
        (
            "not authenticated",
            later_steps.authenticated(AuthenticationResult.FAILED),
            "which is not waiting for an authentication",
        ),
        ("refund failed", later_steps.updated(RefundStatus.SUCCEEDED), "which is failed"),
    ],
)
def test_the_audit_finds_a_step_that_cannot_follow(name: str, step: Operation, detail: str) -> None:
    again = replace(step, id=step.id[:-1] + "z")

    assert any(detail in one.detail for one in breaks_of(later_steps.then(EACH[name], again)))


def test_the_audit_finds_an_increment_of_what_was_captured() -> None:
    increment = build.increment(3, at=later_steps.LATER)
    after = later_steps.then(later_steps.CAPTURED, increment, amounts={increment.id: 5_00}, remaining=11_00)
    (found,) = breaks_of(after)
    detail = f"after {increment.id}: nothing was held, or part of it was captured"
    assert (found.rule, found.detail) == ("limits", detail)
