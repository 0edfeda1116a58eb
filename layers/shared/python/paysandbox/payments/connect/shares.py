"""What captures share with another merchant: transfers, application fees, and what is returned of them.

Each is two settlement lines of the payment, one of its merchant and one of the other, which add up to 0. So it is in
the write of the capture or refund that it belongs to, and is settled with it. Pure.

    destination charge  the transfer goes from the platform, whose payment it is, to the account, and the fee back
    direct charge       the fee goes from the account, whose payment it is, to the platform

Source: Stripe, "Create destination charges" and "Create direct charges" (fees, refunds), and `Refunds.d.ts` of
stripe-node 23.1.0 (proportions).
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


def without_share(state: State, capture_id: str) -> State:
    """Return the state after a capture has failed: it shares nothing, and what it shared is in no batch."""
    return replace(
        state,
        shares={of: share for of, share in state.shares.items() if of != capture_id},
        lines={of: line for of, line in state.lines.items() if line.capture != capture_id},
    )


def with_reversed_transfer(state: State, operation_id: str, capture_id: str, amount: int, at: datetime) -> State:
    """Return the state after an operation has returned `amount` of a transfer. 0 changes nothing.

    Raises LookupError if the capture has no share, or less is left of its transfer.
    """
    share = state.shares.get(capture_id)
    if share is None or not 0 <= amount <= share.transfer_left:
        raise LookupError(f"{operation_id} reverses {amount} of the transfer of {capture_id}, which has less")
    state = _with_changed(state, capture_id, replace(share, reversed=share.reversed + amount))
    return _with_lines(state, operation_id, capture_id, LineKind.TRANSFER_REVERSAL, amount, share.other, at)


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
    """Return the state with what a capture shares presented when the capture is."""
    lines = {
        of: replace(line, presented_at=until) if line.capture == capture_id else line
        for of, line in state.lines.items()
    }
    return replace(state, lines=lines)


def share_moves(before: State, after: State, merchant: str) -> tuple[Move, ...]:
    """Return J17 and J18, and their return: what an operation moved between the merchants' unsettled amounts."""
    gained = (_move(line, merchant, line.gross) for line in _own_lines(before, after))
    lost = (_move(line, merchant, -line.gross) for line in _own_lines(after, before))
    return (*gained, *lost)


def shared_line_id(operation_id: str, capture_id: str, kind: LineKind, *, of_other: bool = False) -> str:
    """Derive the ID of the settlement line of this kind by which an operation shares a capture, or returns a share."""
    side = f"#{_OF_THE_OTHER}" if of_other else ""
    return ids.adjustment_id(operation_id, f"{kind}#{capture_id}{side}")


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


def _with_lines(
    state: State, operation_id: str, capture_id: str, kind: LineKind, gross: int, other: str, at: datetime
) -> State:
    """Return the state with the lines of both merchants; with none if `gross`, the own merchant's, is 0."""
    if gross == 0:
        return state
    capture = state.lines.get(capture_id)
    presented = capture.presented_at if capture and capture.batch is None else None
    own = SettlementLine(kind=kind, gross=gross, at=at, presented_at=presented, other=other, capture=capture_id)
    theirs = replace(own, gross=-gross, merchant=other)
    lines = {
        shared_line_id(operation_id, capture_id, kind): own,
        shared_line_id(operation_id, capture_id, kind, of_other=True): theirs,
    }
    return replace(state, lines={**state.lines, **lines})
