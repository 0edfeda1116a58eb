"""What all steps of a dispute have: they change the dispute, and with it its payment."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping

from paysandbox.core import ids
from paysandbox.core.record import record, replace
from paysandbox.payments.accounts import DISPUTE_FEE_INCOME, SCHEME_RECEIVABLE, Move, merchant_pending
from paysandbox.payments.disputes.dispute import Dispute, Disputes, DisputeStage, Parts
from paysandbox.payments.disputes.dispute_body import render_dispute
from paysandbox.payments.payment import (
    CHARGEBACK,
    INQUIRY,
    Body,
    CaptureBalance,
    LineKind,
    Operation,
    Payment,
    SettlementLine,
    State,
    Step,
)


@record(kw_only=True)
class DisputeStep(Operation):
    """A step of a dispute. Few payments have one."""

    dispute_id: str

    @abstractmethod
    def dispute_after(self, disputes: Disputes) -> Dispute:
        """Return the dispute after this step. Raises LookupError if it cannot follow."""

    def cannot_follow(self, dispute: Dispute) -> LookupError:
        """Return the error of a step that cannot follow."""
        return LookupError(f"{self.id} cannot follow: {dispute.id} is {dispute.status}")

    def after(self, state: State, amount: int) -> State:
        """The dispute takes its amount from the captures, or returns it. Amount and fee are lines."""
        before = state.disputes.get(self.dispute_id)
        after = replace(self.dispute_after(state.disputes), updated_at=self.at)
        taken = before.taken if before else 0
        if after.taken > taken:
            after = replace(after, parts=parts_of(state.captures, after.taken - taken))
        elif after.taken < taken:
            after = replace(after, parts=())
        captures = dict(state.captures)
        for sign, parts in ((-1, before.parts if before else ()), (1, after.parts)):
            for capture_id, part in parts:
                balance = captures[capture_id]
                captures[capture_id] = replace(balance, disputed=balance.disputed + sign * part)
        lines = {
            line_id: SettlementLine(kind=kind, gross=gross, at=self.at)
            for line_id, kind, gross in added_lines(self, before, after)
        }
        return replace(
            state, captures=captures, disputes={**state.disputes, after.id: after}, lines={**state.lines, **lines}
        )

    def amount_in(self, payment: Payment, before: State) -> int:
        """Return the disputed amount after this step. Raises KeyError if there is no such dispute."""
        return before.disputes[self.dispute_id].amount

    def moves(self, step: Step, merchant: str) -> tuple[Move, ...]:
        """J10: take the amount and the fee from what is not settled yet. J12: give them back."""
        pending = merchant_pending(merchant)
        taken = step.after.disputed - step.before.disputed
        charged = step.after.dispute_fees - step.before.dispute_fees
        return (_taken(pending, SCHEME_RECEIVABLE, taken), _taken(pending, DISPUTE_FEE_INCOME, charged))

    def own_facts(self, after: State) -> Body:
        """Which dispute."""
        return {"dispute_id": self.dispute_id}

    def view(self, payment: Payment, step: Step) -> Body:
        """Render the dispute as it was right after this step."""
        return render_dispute(payment, step.after.disputes[self.dispute_id]) | {"transaction_id": self.id}


def _taken(pending: str, account: str, amount: int) -> Move:
    """Take an amount from what a merchant has not been settled for, or give it back if it is negative."""
    return (pending, account, amount) if amount > 0 else (account, pending, -amount)


def kind_of_open(dispute: Dispute) -> str:
    """Return what a payment stores of a dispute that has not ended: `inquiry`, or `chargeback` at any later stage."""
    return INQUIRY if dispute.stage is DisputeStage.INQUIRY else CHARGEBACK


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
