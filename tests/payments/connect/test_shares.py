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
from paysandbox.payments.connect.rules import MAX_FEE_REFUNDS, MAX_TRANSFERS, refund_fee_of, transfer_from
from paysandbox.payments.connect.shares import (
    transferable,
    with_refunded_fee,
    with_refunded_share,
    with_reversed_transfer,
    with_transfer,
    without_capture,
)
from paysandbox.payments.connect.transfer_reversed import TransferReversed
from paysandbox.payments.connect.transferred import Transferred
from paysandbox.payments.ledger.items import payment_from, payment_item
from paysandbox.payments.operations.capture_failed import CaptureFailed
from paysandbox.payments.operations.presentment_delayed import PresentmentDelayed
from paysandbox.payments.operations.settlement import Settled, Settlement
from paysandbox.payments.payment import CONTRACT, SHARED_KINDS, LineKind, Operation, Payment, State, state_of
from paysandbox.payments.terms import ConnectTerms
from paysandbox.settlement.fees import read_fees
from paysandbox.stripe_api.objects.balance_transaction import balance_transactions_of
from paysandbox.stripe_api.objects.payment_snapshot import snapshot_of
from paysandbox.stripe_api.resources.transfers.shared_charges import shared_objects
from tests.support.builders import build
from tests.support.builders.build import MERCHANT, MONDAY
from tests.support.builders.stripe_payments import after, captured, opened, refunded, tried
from tests.support.tools.tiers import seeds

ACCOUNT = "connected-aaaaaaaaaaaaaaaa"
OTHER = "connected-bbbbbbbbbbbbbbbb"
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


def transferred(payment: Payment, amount: int, to: str = ACCOUNT) -> Payment:
    """Transfer a part of what was captured, apart from it."""
    return after(payment, transfer_from(payment, Transferred(**_stamped(payment, ids.TRANSFER), to=to, amount=amount)))


def reversed_by(payment: Payment, amount: int, place: int = 0) -> Payment:
    """Reverse a part of a transfer: that of the first operation that shares, or of another one."""
    of = [*state_of(payment).shares][place]
    stamp = _stamped(payment, ids.TRANSFER_REVERSAL)
    return after(payment, transfer_from(payment, TransferReversed(**stamp, of=of, amount=amount)))


def _stamped(payment: Payment, kind: str) -> dict[str, Any]:
    operation_id = build.operation_id(kind, len(payment.operations))
    return {"id": operation_id, "request_id": "request-of-it", "at": MONDAY + build.DAY, "contract": CONTRACT}


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
    "two transfers by themselves": (
        lambda: transferred(transferred(captured(held(None)), 6_00), 4_00, OTHER),
        {ACCOUNT: 6_00, OTHER: 4_00, MERCHANT: 0},
    ),
    "a transfer by itself of what a destination charge has left": (
        lambda: transferred(captured(held(replace(ALL, transfer=8_77))), 1_23, OTHER),
        {ACCOUNT: 8_77, OTHER: 1_23, MERCHANT: 0},
    ),
    "a transfer by itself of two captures": (
        lambda: transferred(captured(captured(held(None), 3_00), 4_00), 6_00),
        {ACCOUNT: 6_00, MERCHANT: 1_00},
    ),
    "a transfer by itself, reversed in two parts": (
        lambda: reversed_by(reversed_by(transferred(captured(held(None)), 6_00), 2_50), 3_50),
        {ACCOUNT: 0, MERCHANT: 10_00},
    ),
    "a transfer by itself, reversed and sent again": (
        lambda: transferred(reversed_by(transferred(captured(held(None)), 10_00), 4_00), 4_00, OTHER),
        {ACCOUNT: 6_00, OTHER: 4_00, MERCHANT: 0},
    ),
    "the transfer of a destination charge, reversed by itself": (
        lambda: reversed_by(captured(held(DESTINATION)), 4_00),
        {ACCOUNT: 5_00, MERCHANT: 5_00},
    ),
    "the transfer of a destination charge, reversed by itself, then with the charge": (
        lambda: refunded(reversed_by(captured(held(ALL)), 4_00), **REVERSED),
        {ACCOUNT: 0, MERCHANT: 0},
    ),
    "a transfer by itself before a refund of the charge": (
        lambda: refunded(transferred(captured(held(None)), 10_00), 5_00),
        {ACCOUNT: 10_00, MERCHANT: -5_00},
    ),
    "a transfer by itself after a refund of the charge": (
        lambda: transferred(refunded(captured(held(None)), 4_00), 6_00),
        {ACCOUNT: 6_00, MERCHANT: 0},
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
    assert {line.other for line in lines} <= {ACCOUNT, OTHER, "platform"}


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
    state = without_capture(two, alone, 4_00)
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


@pytest.mark.parametrize(
    "made, left",
    [
        (lambda: held(None), 0),
        (lambda: captured(held(None)), 10_00),
        (lambda: captured(held(DESTINATION)), 0),
        (lambda: captured(held(DIRECT)), 10_00),
        (lambda: transferred(captured(held(None)), 6_00), 4_00),
        (lambda: reversed_by(transferred(captured(held(None)), 6_00), 5_00), 9_00),
        (lambda: refunded(captured(held(None)), 3_00), 7_00),
        (lambda: refunded(transferred(captured(held(None)), 9_00), 3_00), 0),
        (lambda: refunded(captured(held(DESTINATION)), 3_00, **REVERSED), 0),
    ],
)
def test_what_can_be_transferred(made: Callable[[], Payment], left: int) -> None:
    state = state_of(made())
    assert transferable(state) == left
    for amount in (0, -1, left + 1):
        with pytest.raises(LookupError, match=f"^op transfers {amount} of {left}$"):
            with_transfer(state, "op", OTHER, amount, MONDAY)


@pytest.mark.parametrize("seed", seeds(8))
def test_transfers_refunds_and_reversals_in_any_order_never_exceed_the_charge(seed: int) -> None:
    random = Random(seed)
    payment = captured(held(None, 5_000))
    for _ in range(30):
        state = state_of(payment)
        shares = [*state.shares.values()]
        match random.choice(("transfer", "reverse", "refund")):
            case "transfer" if left := transferable(state):
                payment = transferred(payment, random.randint(1, left), random.choice((ACCOUNT, OTHER)))
            case "reverse" if any(share.transfer_left for share in shares):
                place = random.choice([n for n, share in enumerate(shares) if share.transfer_left])
                payment = reversed_by(payment, random.randint(1, shares[place].transfer_left), place)
            case "refund" if payment.refundable > 1:
                payment = refunded(payment, random.randint(1, payment.refundable // 2))
            case _:
                continue
        assert breaks_of(payment) == ()
    assert sum(got(payment).values()) == payment.refundable


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


def _without(payment: Payment, capture: str) -> Payment:
    """Return a payment with several captures after one of them has failed."""
    failure = CaptureFailed(**_stamp(payment, "cpf"), capture_id=capture)
    amount = state_of(payment).captures[capture].amount
    left = {of: refundable for of, refundable in payment.captures.items() if of != capture}
    return _later(
        payment, failure, amounts={**payment.amounts, failure.id: amount}, captures=left,
        remaining=(payment.remaining or 0) + amount, refundable=payment.refundable - amount,
    )  # fmt: skip


@pytest.mark.parametrize("failed, left", [(0, {OTHER: 3_00}), (1, {ACCOUNT: 2_00, OTHER: 3_00})])
def test_transfers_beyond_the_captures_that_are_left_are_undone_the_newest_first(
    failed: int, left: dict[str, int]
) -> None:
    payment = captured(captured(held(None), 6_00), 4_00)
    payment = transferred(transferred(transferred(payment, 3_00, OTHER), 2_00), 4_00)
    payment = reversed_by(payment, 1_00, 2)
    after_failure = _without(payment, [*payment.captures][failed])
    assert breaks_of(after_failure) == ()
    assert {name: amount for name, amount in got(after_failure).items() if name != MERCHANT} == left
    for merchant in (MERCHANT, ACCOUNT, OTHER):
        moved = [*balance_transactions_of(snapshot_of(after_failure), read_fees("default=0+0"), merchant)]
        assert len({one.id for one in moved}) == len(moved)
        assert sum(one.net for one in moved) == got(after_failure).get(merchant, 0)
    undone = [made for made in shared_objects(after_failure) if made.created.attributes["amount"] == 4_00]
    assert [[each.entry["amount"] for each in made.returned] for made in undone] == [[1_00, 3_00]]


def test_a_separate_transfer_is_presented_no_earlier_than_the_captures() -> None:
    until = MONDAY + 3 * build.DAY
    payment = captured(held(None))
    (capture,) = payment.captures
    late = _later(payment, PresentmentDelayed(**_stamp(payment, "prs"), capture_id=capture, until=until))
    sent_later = reversed_by(transferred(late, 4_00), 1_00)
    delayed = PresentmentDelayed(**_stamp(sent_later, "prs"), capture_id=capture, until=until)
    sent_before = _later(reversed_by(transferred(payment, 4_00), 1_00), delayed)
    for each in (sent_later, sent_before):
        assert breaks_of(each) == ()
        assert {line.presented_at for line in state_of(each).lines.values()} == {until}
    settled_before = settled(settled(transferred(payment, 4_00)), ACCOUNT)
    again = _later(settled_before, PresentmentDelayed(**_stamp(settled_before, "prs"), capture_id=capture, until=until))
    shared = [line.presented_at for line in state_of(again).lines.values() if line.kind in SHARED_KINDS]
    assert shared == [None, None]


def test_a_separate_transfer_is_settled_no_earlier_although_the_clock_was_set_back() -> None:
    payment = captured(held(None))
    (capture,) = payment.captures
    change = transfer_from(payment, Transferred(**_stamped(payment, ids.TRANSFER), to=ACCOUNT, amount=4_00))
    earlier = replace(change, operation=replace(change.operation, at=MONDAY - build.DAY))
    lines = state_of(after(payment, earlier)).lines
    assert {line.presented_at or line.at for line in lines.values()} == {lines[capture].at}


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
    presented = {line.shared_by or of: line.presented_at for of, line in state_of(late).lines.items()}
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


def test_a_payment_has_a_limited_number_of_transfers() -> None:
    payment = captured(held(None))
    for _ in range(MAX_TRANSFERS - 1):
        payment = transferred(payment, 1)
    payment = reversed_by(payment, 1)
    for more in (transferred, reversed_by):
        with pytest.raises(Refused) as refused:
            more(payment, 1)
        assert (refused.value.code, refused.value.possible) == (Code.TOO_MANY_CHANGES, {"limit": MAX_TRANSFERS})
        assert refused.value.detail == f"The payment has {MAX_TRANSFERS} transfers and reversals."


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


@pytest.mark.parametrize("place, parts, detail", [
    (-2, {"amount": 10_01}, "transfers more to connected-aaaaaaaaaaaaaaaa than is left"),
    (-2, {"amount": 0}, "transfers more to connected-aaaaaaaaaaaaaaaa than is left"),
    (-1, {"amount": 6_01}, "reverses more of the transfer of "),
    (-1, {"of": "trf_" + "z" * 36}, "reverses more of the transfer of trf_zzz"),
])  # fmt: skip
def test_the_audit_finds_a_changed_transfer(place: int, parts: dict[str, Any], detail: str) -> None:
    payment = reversed_by(transferred(captured(held(None)), 6_00), 1_00)
    operations = [*payment.operations]
    operations[place] = replace(operations[place], **parts)
    (found, *_) = breaks_of(replace(payment, operations=tuple(operations)))
    assert (found.rule, detail in found.detail) == ("operations", True)


def test_the_audit_finds_a_share_that_is_not_due() -> None:
    assert breaks_of(replace(fee_refunded(captured(held(DESTINATION)), 1), unsettled_since=None))


def test_the_audit_finds_a_line_that_only_one_merchant_has() -> None:
    payment = settled(captured(held(DESTINATION)))
    *before, last = payment.operations
    assert isinstance(last, Settlement)
    again = replace(last, of=ACCOUNT, id=ids.settlement_id(payment.id, last.batch, ACCOUNT))
    assert breaks_of(replace(payment, operations=(*before, last, again), version=payment.version + 1))
