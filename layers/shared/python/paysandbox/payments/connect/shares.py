"""What a payment shares with other merchants: transfers, application fees, and what is returned of them.

Each is two settlement lines of the payment, one of its merchant and one of the other, which add up to 0. So it is in
the write of the capture, transfer or refund that it belongs to, and is settled no earlier than the captures. Pure.

    destination charge  the transfer goes from the platform, whose payment it is, to the account, and the fee back
    direct charge       the fee goes from the account, whose payment it is, to the platform
    separate transfer   goes from the platform, whose payment it is, to an account that the charge did not name

Source: Stripe, "Create destination charges" and "Create direct charges" (fees, refunds), "Create separate charges and
transfers" (transfers from a charge), and `Refunds.d.ts` of stripe-node 23.1.0 (proportions).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from paysandbox.core import ids
from paysandbox.core.record import replace
from paysandbox.payments.accounts import Move, merchant_pending
from paysandbox.payments.payment import SHARED_KINDS, LineKind, SettlementLine, Share, State
from paysandbox.payments.terms import ConnectTerms

_OF_THE_OTHER: Final = "other"


def with_share(state: State, capture_id: str, amount: int, connect: ConnectTerms, at: datetime) -> State:
    """Return the state after a capture of `amount`, with what the terms share of it. The fee is at most the amount.

    If there are several captures, each shares what is left of the transfer and of the fee that the terms state.
    """
    if connect.other is None:
        return state
    share = _share(state.shares.values(), connect, connect.other, amount)
    after = _with_changed(state, capture_id, share)
    # The sign is that of the payment's merchant.
    after = _with_lines(after, capture_id, capture_id, LineKind.TRANSFER, -share.transfer, share.other, at)
    fee = -share.fee if share.is_direct else share.fee
    return _with_lines(after, capture_id, capture_id, LineKind.APPLICATION_FEE, fee, share.other, at)


def transferable(state: State) -> int:
    """Return how much can be transferred from a payment: what is captured, and neither transferred nor taken back.

    That transfers do not exceed the charge is Stripe's rule. That refunds and disputes lower what is left is ours.
    """
    refundable = sum(capture.refundable for capture in state.captures.values())
    return max(refundable - _transferred(state.shares.values()), 0)


def with_transfer(state: State, operation_id: str, to: str, amount: int, at: datetime) -> State:
    """Return the state after an operation has transferred `amount` to a merchant, apart from captures.

    Raises LookupError if less can be transferred, or nothing is.
    """
    if not 0 < amount <= transferable(state):
        raise LookupError(f"{operation_id} transfers {amount} of {transferable(state)}")
    share = Share(other=to, is_direct=False, transfer=amount, fee=0, is_separate=True)
    after = _with_changed(state, operation_id, share)
    return _with_lines(after, operation_id, operation_id, LineKind.TRANSFER, -amount, to, at)


def without_capture(state: State, capture_id: str, captured: int) -> State:
    """Return the state after a capture has failed, and `captured` is left of the others.

    It shares nothing. Separate transfers that are more than what is left are undone, the newest first, as Stripe does
    for a charge that fails. None of it is in a batch: separate transfers are settled no earlier than the captures.
    """
    undone = {capture_id}
    transferred = _transferred(share for of, share in state.shares.items() if of != capture_id)
    for operation_id, share in reversed([*state.shares.items()]):
        if transferred > captured and share.is_separate:
            undone.add(operation_id)
            transferred -= share.transfer_left
    return replace(
        state,
        shares={of: share for of, share in state.shares.items() if of not in undone},
        lines={of: line for of, line in state.lines.items() if line.shared_by not in undone},
    )


def with_reversed_transfer(state: State, operation_id: str, of: str, amount: int, at: datetime) -> State:
    """Return the state after an operation has returned `amount` of the transfer of another. 0 changes nothing.

    Raises LookupError if that has no share, or less is left of its transfer.
    """
    share = state.shares.get(of)
    if share is None or not 0 <= amount <= share.transfer_left:
        raise LookupError(f"{operation_id} reverses {amount} of the transfer of {of}, which has less")
    state = _with_changed(state, of, replace(share, reversed=share.reversed + amount))
    return _with_lines(state, operation_id, of, LineKind.TRANSFER_REVERSAL, amount, share.other, at)


def with_refunded_fee(state: State, operation_id: str, capture_id: str, amount: int, at: datetime) -> State:
    """Return the state after an operation has returned `amount` of a fee. 0 changes nothing.

    Raises LookupError if the capture has no share, or less is left of its fee.
    """
    share = state.shares.get(capture_id)
    if share is None or not 0 <= amount <= share.fee_left:
        raise LookupError(f"{operation_id} refunds {amount} of the fee of {capture_id}, which has less")
    state = _with_changed(state, capture_id, replace(share, fee_refunded=share.fee_refunded + amount))
    gross = amount if share.is_direct else -amount
    return _with_lines(state, operation_id, capture_id, LineKind.APPLICATION_FEE_REFUND, gross, share.other, at)


def with_refunded_share(
    state: State,
    refund_id: str,
    parts: Iterable[tuple[str, int]],
    at: datetime,
    *,
    reverse_transfer: bool,
    refund_fee: bool,
) -> State:
    """Return the state after a refund that returns its part of the transfer, of the fee, or of both.

    It is the part of what was shared that the refund is of the capture, rounded so that refunds of a whole capture
    return all of it; never more than is left.
    """
    for capture_id, part in parts:
        share = state.shares.get(capture_id)
        if share is None:
            continue
        whole = state.captures[capture_id].amount
        if reverse_transfer:
            due = _proportion(share.transfer, share.reversing, part, whole)
            state = with_reversed_transfer(state, refund_id, capture_id, min(due, share.transfer_left), at)
            after = state.shares[capture_id]
            state = _with_changed(state, capture_id, replace(after, reversing=after.reversing + part))
        if refund_fee:
            due = _proportion(share.fee, share.refunding, part, whole)
            state = with_refunded_fee(state, refund_id, capture_id, min(due, share.fee_left), at)
            after = state.shares[capture_id]
            state = _with_changed(state, capture_id, replace(after, refunding=after.refunding + part))
    return state


def presented_with(state: State, capture_id: str, until: datetime) -> State:
    """Return the state with what a capture shares presented when the capture is, and separate transfers no earlier."""

    def presented(line: SettlementLine) -> SettlementLine:
        share = state.shares.get(line.shared_by or "")
        waits = (
            share is not None and share.is_separate and line.batch is None and (line.presented_at or line.at) < until
        )
        return replace(line, presented_at=until) if waits or line.shared_by == capture_id else line

    return replace(state, lines={of: presented(line) for of, line in state.lines.items()})


def share_moves(before: State, after: State, merchant: str) -> tuple[Move, ...]:
    """Return J17 and J18, and their return: what an operation moved between the merchants' unsettled amounts."""
    gained = (_move(line, merchant, line.gross) for line in _own_lines(before, after))
    lost = (_move(line, merchant, -line.gross) for line in _own_lines(after, before))
    return (*gained, *lost)


def shared_line_id(operation_id: str, shared_by: str, kind: LineKind, *, of_other: bool = False) -> str:
    """Derive the ID of the settlement line of this kind by which an operation shares, or returns a share."""
    side = f"#{_OF_THE_OTHER}" if of_other else ""
    return ids.adjustment_id(operation_id, f"{kind}#{shared_by}{side}")


def shared_with(state: State) -> int:
    """Return what the payment's merchant has from the other one, less what it gave (minor units)."""
    return sum(line.gross for line in state.lines.values() if line.kind in SHARED_KINDS and line.merchant is None)


def _own_lines(before: State, after: State) -> tuple[SettlementLine, ...]:
    """Return the lines of shares that the payment's merchant has after, and had not before."""
    if before.lines is after.lines:
        return ()
    return tuple(
        line
        for line_id, line in after.lines.items()
        if line.kind in SHARED_KINDS and line.merchant is None and line_id not in before.lines
    )


def _move(line: SettlementLine, merchant: str, gross: int) -> Move:
    """Move an amount from the other merchant of a line to the payment's, or if it is negative, to the other one."""
    own, other = merchant_pending(merchant), merchant_pending(line.other or "")
    return (own, other, -gross) if gross < 0 else (other, own, gross)


def _share(earlier: Iterable[Share], connect: ConnectTerms, other: str, amount: int) -> Share:
    shares = tuple(earlier)
    transferred, charged = sum(share.transfer for share in shares), sum(share.fee for share in shares)
    is_direct = connect.destination is None
    transfer = amount if connect.transfer is None else min(max(connect.transfer - transferred, 0), amount)
    fee = min(max((connect.fee or 0) - charged, 0), amount)
    return Share(other=other, is_direct=is_direct, transfer=0 if is_direct else transfer, fee=fee)


def _with_changed(state: State, capture_id: str, share: Share) -> State:
    return replace(state, shares={**state.shares, capture_id: share})


def _proportion(shared: int, earlier: int, part: int, whole: int) -> int:
    """Return the part of what was shared that a refund is due, after refunds of `earlier` that were due theirs."""
    return shared * (earlier + part) // whole - shared * earlier // whole


def _transferred(shares: Iterable[Share]) -> int:
    return sum(share.transfer_left for share in shares)


def _with_lines(
    state: State, operation_id: str, shared_by: str, kind: LineKind, gross: int, other: str, at: datetime
) -> State:
    """Return the state with the lines of both merchants; with none if `gross`, the own merchant's, is 0."""
    if gross == 0:
        return state
    presented = _presented(state, shared_by, at)
    own = SettlementLine(kind=kind, gross=gross, at=at, presented_at=presented, other=other, shared_by=shared_by)
    theirs = replace(own, gross=-gross, merchant=other)
    lines = {
        shared_line_id(operation_id, shared_by, kind): own,
        shared_line_id(operation_id, shared_by, kind, of_other=True): theirs,
    }
    return replace(state, lines={**state.lines, **lines})


def _presented(state: State, shared_by: str, at: datetime) -> datetime | None:
    """Return when the network gets what is shared at this time, if later: with its capture, or after all of them.

    A capture can be later if the sandbox's clock was set back.
    """
    if not state.shares[shared_by].is_separate:
        capture = state.lines.get(shared_by)
        return capture.presented_at if capture and capture.batch is None else None
    captures = (line for of in state.captures if (line := state.lines[of]).batch is None)
    last = max((line.presented_at or line.at for line in captures), default=at)
    return last if last > at else None
