"""A payment's state after a step of a dispute. Loaded only for payments that have one."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from paysandbox.core import ids
from paysandbox.core.record import replace
from paysandbox.payments.disputes.dispute import Dispute, Parts, after_step
from paysandbox.payments.operation import DisputeStep
from paysandbox.payments.payment import CaptureBalance, LineKind, SettlementLine

if TYPE_CHECKING:
    from paysandbox.payments.payment import State


def after_dispute_step(state: "State", step: DisputeStep) -> "State":
    """Return the state after a step. Raises LookupError for one that cannot follow."""
    before = state.disputes.get(step.dispute_id)
    after = after_step(state.disputes, step)
    taken = before.taken if before else 0
    if after.taken > taken:
        after = replace(after, parts=parts_of(state.captures, after.taken - taken))
    elif after.taken < taken:
        after = replace(after, parts=())
    captures = dict(state.captures)
    for sign, parts in ((-1, before.parts if before else ()), (1, after.parts)):
        for capture_id, part in parts:
            captures[capture_id] = replace(captures[capture_id], disputed=captures[capture_id].disputed + sign * part)
    lines = {
        line_id: SettlementLine(kind=kind, gross=gross, at=step.at)
        for line_id, kind, gross in added_lines(step, before, after)
    }
    return replace(
        state, captures=captures, disputes={**state.disputes, after.id: after}, lines={**state.lines, **lines}
    )


def parts_of(captures: Mapping[str, CaptureBalance], amount: int) -> Parts:
    """Divide an amount among the captures that can be refunded, oldest first. It never depends on anything else."""
    left, parts = amount, list[tuple[str, int]]()
    for capture_id, balance in captures.items():
        if part := min(left, balance.refundable):
            parts.append((capture_id, part))
            left -= part
    return tuple(parts)


def added_lines(step: DisputeStep, before: Dispute | None, after: Dispute) -> Iterator[tuple[str, LineKind, int]]:
    """Yield ID, kind and gross of the settlement lines that a step of a dispute brings about."""
    taken = after.taken - (before.taken if before else 0)
    charged = after.fee_charged - (before.fee_charged if before else 0)
    for amount, kind, reversal in (
        (taken, LineKind.CHARGEBACK, LineKind.CHARGEBACK_REVERSAL),
        (charged, LineKind.DISPUTE_FEE, LineKind.DISPUTE_FEE_REVERSAL),
    ):
        if amount:
            line = kind if amount > 0 else reversal
            yield ids.adjustment_id(step.id, line), line, -amount
