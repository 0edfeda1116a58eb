"""What captures share with another merchant: amounts, proportions, both sides of each, and breaks for the audit."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any

import pytest

from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.core.guard import Guard
from paysandbox.payments.accounting import balances, payment_postings
from paysandbox.payments.accounts import merchant_available, merchant_pending
from paysandbox.payments.audit import Books, breaks_of
from paysandbox.payments.change import VERSION
from paysandbox.payments.connect.fee_refunded import FeeRefunded
from paysandbox.payments.connect.rules import MAX_FEE_REFUNDS, refund_fee_of
from paysandbox.payments.connect.shares import (
    with_refunded_fee,
    with_refunded_share,
    with_reversed_transfer,
    without_share,
)
from paysandbox.payments.ledger.items import payment_from, payment_item
from paysandbox.payments.operations.capture_failed import CaptureFailed
from paysandbox.payments.operations.presentment_delayed import PresentmentDelayed
from paysandbox.payments.operations.settlement import Settled, Settlement
from paysandbox.payments.payment import CONTRACT, SHARED_KINDS, LineKind, Operation, Payment, State, state_of
from paysandbox.payments.terms import ConnectTerms
from paysandbox.settlement.fees import read_fees
from paysandbox.stripe_api.connect.shared_charges import shared_objects
from paysandbox.stripe_api.objects.balance_transaction import balance_transactions_of
from paysandbox.stripe_api.objects.payment_snapshot import snapshot_of
from tests.support.builders import build
from tests.support.builders.build import MERCHANT, MONDAY
from tests.support.builders.stripe_payments import after, captured, opened, refunded, tried
from tests.support.tools.tiers import seeds

ACCOUNT = "connected-aaaaaaaaaaaaaaaa"
DESTINATION = ConnectTerms(other=ACCOUNT, destination="acct_aaaaaaaaaaaaaaaa", fee=1_00)
ALL = replace(DESTINATION, fee=None)
REVERSED: dict[str, Any] = {"reverse_transfer": True}
BOTH: dict[str, Any] = {"reverse_transfer": True, "refund_fee": True}
DIRECT = ConnectTerms(other="platform", fee=1_00)


def held(connect: ConnectTerms | None, amount: int = 10_00) -> Payment:
    return tried(opened(amount, connect=connect))


def in_thirds(payment: Payment) -> Payment:
    return refunded(refunded(refunded(payment, 3_33, **BOTH), 3_33, **BOTH), **BOTH)


def fee_refunded(payment: Payment, amount: int) -> Payment:
    return after(payment, refund_fee_of(payment, _fee_refund(payment, amount)))


def _fee_refund(payment: Payment, amount: int) -> FeeRefunded:
    return FeeRefunded(
        id=build.operation_id(ids.FEE_REFUND, len(payment.operations)),
        request_id="request-of-fee-refund",
        at=MONDAY + build.DAY,
        contract=CONTRACT,
        capture_id=next(iter(state_of(payment).shares)),
        amount=amount,
    )


def settled(payment: Payment, merchant: str | None = None) -> Payment:
    """Settle the lines of one merchant (None: the payment's)."""
    lines = [line_id for line_id, line in state_of(payment).lines.items() if line.merchant == merchant]
    batch = "2026-11-16"
    operation = Settlement(
        id=ids.settlement_id(payment.id, batch, merchant),
        request_id="settle",
        at=MONDAY + build.DAY,
        contract=CONTRACT,
        batch=batch,
        settled=tuple(Settled(line, 0) for line in lines if state_of(payment).lines[line].batch is None),
        of=merchant,
    )
    left = replace(payment, operations=(*payment.operations, operation), version=payment.version + 1)
    unsettled = [line for line in state_of(left).lines.values() if line.batch is None]
    return left if unsettled else replace(left, unsettled_since=None, due_at=left.due_at if left.remaining else None)


def got(payment: Payment) -> dict[str, int]:
    """Return what each merchant has of a payment: what is owed to it, pending and available."""
    accounts = balances(payment_postings(payment))
    names = {line.merchant or payment.merchant for line in state_of(payment).lines.values()}
    return {
        name: -sum(accounts[of(name), "USD"] for of in (merchant_pending, merchant_available)) for name in sorted(names)
    }


# --- amounts ----------------------------------------------------------------------------------------------------------

CASES: Mapping[str, tuple[Callable[[], Payment], dict[str, int]]] = {
    "nothing": (lambda: captured(held(None)), {MERCHANT: 10_00}),
    "shown only": (lambda: captured(held(ConnectTerms(on_behalf_of="acct_x"))), {MERCHANT: 10_00}),
    "a fee": (lambda: captured(held(DESTINATION)), {ACCOUNT: 9_00, MERCHANT: 1_00}),
    "all": (lambda: captured(held(ALL)), {ACCOUNT: 10_00, MERCHANT: 0}),
    "a part": (lambda: captured(held(replace(ALL, transfer=8_77))), {ACCOUNT: 8_77, MERCHANT: 1_23}),
    "a part of a smaller capture": (
        lambda: captured(held(replace(ALL, transfer=8_77)), 5_00, final=True),
        {ACCOUNT: 5_00, MERCHANT: 0},
    ),
    "a fee above a smaller capture": (lambda: captured(held(DESTINATION), 60, final=True), {ACCOUNT: 0, MERCHANT: 60}),
    "two captures": (lambda: captured(captured(held(DESTINATION), 60), 4_00), {ACCOUNT: 3_60, MERCHANT: 1_00}),
    "a part of three captures": (
        lambda: captured(captured(captured(held(replace(ALL, transfer=5_00)), 3_00), 4_00), 1_00),
        {ACCOUNT: 5_00, MERCHANT: 3_00},
    ),
    "a fee of a direct charge": (lambda: captured(held(DIRECT)), {MERCHANT: 9_00, "platform": 1_00}),
    "refunded alone": (lambda: refunded(captured(held(DESTINATION)), 5_00), {ACCOUNT: 9_00, MERCHANT: -4_00}),
    "refunded with the transfer": (
        lambda: refunded(captured(held(DESTINATION)), 5_00, reverse_transfer=True),
        {ACCOUNT: 4_00, MERCHANT: 1_00},
    ),
    "refunded with the transfer and the fee": (
        lambda: refunded(captured(held(DESTINATION)), 5_00, reverse_transfer=True, refund_fee=True),
        {ACCOUNT: 4_50, MERCHANT: 50},
    ),
    "refunded in full with the transfer": (
        lambda: refunded(captured(held(DESTINATION)), reverse_transfer=True),
        {ACCOUNT: -1_00, MERCHANT: 1_00},
    ),
    "refunded with the fee of a direct charge": (
        lambda: refunded(captured(held(DIRECT)), 2_50, refund_fee=True),
        {MERCHANT: 6_75, "platform": 75},
    ),
    "a pending refund": (
        lambda: refunded(captured(held(DESTINATION)), 5_00, reverse_transfer=True, refund_fee=True),
        {ACCOUNT: 4_50, MERCHANT: 50},
    ),
    "in thirds": (
        lambda: in_thirds(captured(held(replace(DESTINATION, fee=1)))),
        {ACCOUNT: 0, MERCHANT: 0},
    ),
    "refunded twice with the transfer": (
        lambda: refunded(refunded(captured(held(DESTINATION)), 2_00, **REVERSED), 2_00, **REVERSED),
        {ACCOUNT: 5_00, MERCHANT: 1_00},
    ),
    "two thirds of an odd transfer": (
        lambda: refunded(refunded(captured(held(replace(ALL, transfer=8_77))), 3_33, **REVERSED), 3_33, **REVERSED),
        {ACCOUNT: 2_93, MERCHANT: 41},
    ),
    "an odd transfer in thirds": (
        lambda: in_thirds(captured(held(replace(ALL, transfer=8_77)))),
        {ACCOUNT: 0, MERCHANT: 0},
    ),
    "a transfer that is due nothing for an earlier refund": (
        lambda: refunded(refunded(captured(held(replace(ALL, transfer=1), 2)), 1), 1, reverse_transfer=True),
        {ACCOUNT: 1, MERCHANT: -1},
    ),
    "a fee that is due nothing for an earlier refund": (
        lambda: refunded(refunded(captured(held(replace(DIRECT, fee=1), 2)), 1), 1, refund_fee=True),
        {MERCHANT: -1, "platform": 1},
    ),
    "a fee refunded by itself": (
        lambda: fee_refunded(captured(held(DESTINATION)), 40),
        {ACCOUNT: 9_40, MERCHANT: 60},
    ),
    "a fee refunded by itself, then what is left with the charge": (
        lambda: refunded(fee_refunded(captured(held(DESTINATION)), 80), refund_fee=True),
        {ACCOUNT: 10_00, MERCHANT: -10_00},
    ),
}  # fmt: skip


@pytest.mark.parametrize("made, expected", CASES.values(), ids=CASES)
def test_what_each_merchant_has(made: Callable[[], Payment], expected: dict[str, int]) -> None:
    payment = made()
    assert got(payment) == expected
    assert breaks_of(payment) == ()
    assert all(posting.amount > 0 for posting in payment_postings(payment))
    lines = [line for line in state_of(payment).lines.values() if line.kind in SHARED_KINDS]
    assert sum(line.gross for line in lines) == 0
    assert {line.other for line in lines} <= {ACCOUNT, "platform"}


@pytest.mark.parametrize("made, expected", CASES.values(), ids=CASES)
def test_it_stays_so_once_both_are_settled(made: Callable[[], Payment], expected: dict[str, int]) -> None:
    payment = made()
    for merchant in (None, *(name for name in expected if name != payment.merchant)):
        payment = settled(payment, merchant)
        assert breaks_of(payment) == ()
    assert got(payment) == expected
    accounts = balances(payment_postings(payment))
    assert all(accounts[merchant_pending(name), "USD"] == 0 for name in expected)
    books = Books()
    assert (*books.take(payment), *books.close()) == ()


def test_a_settlement_is_of_lines_of_one_merchant() -> None:
    payment = captured(held(DESTINATION))
    (others,) = {line.merchant for line in state_of(payment).lines.values() if line.merchant}
    with pytest.raises(LookupError, match="of another merchant"):
        state_of(replace(settled(payment, others), operations=(*payment.operations, _as_own(payment))))


def _as_own(payment: Payment) -> Settlement:
    line = next(line_id for line_id, line in state_of(payment).lines.items() if line.merchant)
    return Settlement(
        id=ids.settlement_id(payment.id, "b"), request_id="settle", at=MONDAY, contract=CONTRACT, batch="b",
        settled=(Settled(line, 0),),
    )  # fmt: skip


@pytest.mark.parametrize("made", [made for made, _ in CASES.values()], ids=CASES)
def test_it_is_stored_as_it_is(made: Callable[[], Payment]) -> None:
    payment = settled(made())
    stored = payment_from(payment_item(payment))
    assert (stored.operations, state_of(stored)) == (payment.operations, state_of(payment))


Line = tuple[LineKind, int, str | None, datetime]


def share_lines(payment: Payment) -> dict[str, Line]:
    lines = state_of(payment).lines
    return {of: (x.kind, x.gross, x.merchant, x.at) for of, x in lines.items() if x.kind in SHARED_KINDS}


def both(operation: Operation, capture: str, kind: LineKind, gross: int) -> dict[str, Line]:
    """Return the line of the payment's merchant, and the account's. Settlements store their IDs, which are derived."""
    own = ids.adjustment_id(operation.id, f"{kind}#{capture}")
    theirs = ids.adjustment_id(operation.id, f"{kind}#{capture}#other")
    return {own: (kind, gross, None, operation.at), theirs: (kind, -gross, ACCOUNT, operation.at)}


def test_each_part_of_a_share_is_a_line_of_either_merchant() -> None:
    payment = fee_refunded(refunded(captured(held(DESTINATION)), 5_00, **BOTH), 20)
    *_, capture, refund, fee_refund = payment.operations
    assert share_lines(payment) == {
        **both(capture, capture.id, LineKind.TRANSFER, -10_00),
        **both(capture, capture.id, LineKind.APPLICATION_FEE, 1_00),
        **both(refund, capture.id, LineKind.TRANSFER_REVERSAL, 5_00),
        **both(refund, capture.id, LineKind.APPLICATION_FEE_REFUND, -50),
        **both(fee_refund, capture.id, LineKind.APPLICATION_FEE_REFUND, -20),
    }


def test_a_refund_returns_nothing_of_a_capture_that_shares_nothing() -> None:
    two = state_of(captured(captured(held(DESTINATION), 60), 4_00))
    alone, shared = two.captures
    parts = [(alone, 60), (shared, 4_00)]
    state = without_share(two, alone)
    after = with_refunded_share(
        state, build.operation_id(ids.REFUND, 9), parts, MONDAY, reverse_transfer=True, refund_fee=False
    )
    assert {of: share.reversed for of, share in after.shares.items()} == {shared: 4_00}


@pytest.mark.parametrize("returns, part", [(with_reversed_transfer, "transfer"), (with_refunded_fee, "fee")])
@pytest.mark.parametrize("amount, of", [(10_01, ""), (-1, ""), (0, "cap_unknown")])
def test_no_more_is_returned_than_is_left(
    returns: Callable[[State, str, str, int, datetime], State], part: str, amount: int, of: str
) -> None:
    state = state_of(captured(held(replace(DESTINATION, fee=10_00))))
    capture = of or next(iter(state.captures))
    with pytest.raises(LookupError, match=f"^op_1 \\w+ {amount} of the {part} of {capture}, which has less$"):
        returns(state, "op_1", capture, amount, MONDAY)


@pytest.mark.parametrize("seed", seeds(8))
def test_refunds_of_everything_return_everything(seed: int) -> None:
    random = Random(seed)
    amount = random.randint(1, 5_000)
    fee = random.randint(1, amount)
    payment = captured(held(replace(DESTINATION, fee=fee), amount))
    while payment.refundable:
        part = random.randint(1, payment.refundable)
        payment = refunded(payment, part, reverse_transfer=True, refund_fee=True)
        assert breaks_of(payment) == ()
    assert set(got(payment).values()) == {0}


# --- what becomes of the capture -------------------------------------------------------------------------------------


def _later(payment: Payment, operation: Operation, **parts: Any) -> Payment:
    operations = (*payment.operations, operation)
    return replace(payment, operations=operations, version=len(operations), **parts)


def _stamp(payment: Payment, kind: str) -> dict[str, Any]:
    operation_id = build.operation_id(kind, len(payment.operations))
    return {"id": operation_id, "request_id": "request-of-bank", "at": MONDAY + build.HOUR * 9, "contract": CONTRACT}


def test_a_capture_that_fails_shares_nothing() -> None:
    payment = captured(held(DESTINATION))
    (capture,) = state_of(payment).captures
    failure = CaptureFailed(**_stamp(payment, "cpf"), capture_id=capture)
    amounts = {**payment.amounts, failure.id: 10_00}
    counters: dict[str, Any] = {"remaining": 10_00, "refundable": 0, "captures": {}, "unsettled_since": None}
    failed = _later(payment, failure, amounts=amounts, due_at=payment.created_at, **counters)
    assert breaks_of(failed) == ()
    assert (state_of(failed).shares, state_of(failed).lines) == ({}, {})
    assert set(balances(payment_postings(failed)).values()) == {0, 10_00, -10_00}  # the hold
    for merchant in (MERCHANT, ACCOUNT):
        moved = [*balance_transactions_of(snapshot_of(failed), read_fees("default=0+0"), merchant)]
        assert sum(one.net for one in moved) == 0
        assert {one.is_available for one in moved} == {True}
        assert len({one.id for one in moved}) == len(moved)
    (sent, fee) = shared_objects(failed)
    assert [each.entry["amount"] for each in (*sent.returned, *fee.returned)] == [10_00, 1_00]


def test_what_is_shared_is_presented_with_its_capture() -> None:
    payment = captured(held(DESTINATION))
    (capture,) = state_of(payment).captures
    until = MONDAY + 3 * build.DAY
    late = _later(payment, PresentmentDelayed(**_stamp(payment, "prs"), capture_id=capture, until=until))
    late = fee_refunded(late, 40)
    assert breaks_of(late) == ()
    assert {line.presented_at for line in state_of(late).lines.values()} == {until}
    returned_later = fee_refunded(settled(late), 40)
    assert [line.presented_at for line in state_of(returned_later).lines.values()][-2:] == [None, None]


def test_what_another_capture_shares_is_not_delayed_with_it() -> None:
    payment = captured(captured(held(DESTINATION), 60), 4_00)
    first, other = state_of(payment).captures
    until = MONDAY + 3 * build.DAY
    late = _later(payment, PresentmentDelayed(**_stamp(payment, "prs"), capture_id=first, until=until))
    presented = {line.capture or of: line.presented_at for of, line in state_of(late).lines.items()}
    assert presented == {first: until, other: None}


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_a_fee_is_refunded_a_limited_number_of_times() -> None:
    payment = captured(held(DESTINATION))
    for _ in range(MAX_FEE_REFUNDS):
        payment = fee_refunded(payment, 1)
    with pytest.raises(Refused) as refused:
        fee_refunded(payment, 1)
    assert (refused.value.code, refused.value.possible) == (Code.TOO_MANY_CHANGES, {"limit": MAX_FEE_REFUNDS})
    assert refused.value.detail == f"The application fee of the payment was refunded {MAX_FEE_REFUNDS} times."


def test_a_refund_of_a_fee_is_a_change_of_the_payment_that_was_read() -> None:
    payment = captured(held(DESTINATION))
    change = refund_fee_of(payment, _fee_refund(payment, 40))
    assert (change.payment_id, change.merchant, change.guards) == (
        payment.id, MERCHANT, (Guard(VERSION, "=", payment.version, None),),
    )  # fmt: skip


# --- breaks -----------------------------------------------------------------------------------------------------------


def _planted(**parts: Any) -> Payment:
    """Return a payment of which somebody has changed the refund of its fee."""
    payment = fee_refunded(captured(held(DESTINATION)), 40)
    *before, last = payment.operations
    assert isinstance(last, FeeRefunded)
    return replace(payment, operations=(*before, replace(last, **parts)))


@pytest.mark.parametrize("parts", [{"amount": 1_01}, {"amount": -1}, {"capture_id": "cap_" + "z" * 36}])
def test_the_audit_finds_what_was_planted(parts: dict[str, Any]) -> None:
    assert {one.rule for one in breaks_of(_planted(**parts))} == {"operations"}


def test_the_audit_finds_a_share_that_is_not_due() -> None:
    assert breaks_of(replace(fee_refunded(captured(held(DESTINATION)), 1), unsettled_since=None))


def test_the_audit_finds_a_line_that_only_one_merchant_has() -> None:
    payment = settled(captured(held(DESTINATION)))
    *before, last = payment.operations
    assert isinstance(last, Settlement)
    again = replace(last, of=ACCOUNT, id=ids.settlement_id(payment.id, last.batch, ACCOUNT))
    assert breaks_of(replace(payment, operations=(*before, last, again), version=payment.version + 1))
