"""The rules of disputes: what each step does to a payment. Pure.

Every change is guarded by the version of the payment that the rule saw: a dispute is opened, answered and decided once,
and its amount is never refunded as well. What a chargeback takes is what can still be refunded, oldest capture first.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from paysandbox.core import ids
from paysandbox.core.amount_text import amount_with_code
from paysandbox.core.errors import Code, Refused
from paysandbox.core.guard import Guard, Path
from paysandbox.core.record import replace
from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments.change import CAPTURES, DISPUTE, REFUNDABLE, VERSION, Change, Value, unsettled
from paysandbox.payments.disputes.dispute import (
    NEEDS_RESPONSE,
    OPEN_INQUIRY,
    Cause,
    Dispute,
    DisputeProgram,
    DisputeReason,
    DisputeStage,
    DisputeStatus,
    Parts,
    open_dispute,
)
from paysandbox.payments.disputes.fees import DisputeFees
from paysandbox.payments.disputes.step import DisputeStep, parts_of
from paysandbox.payments.operations.dispute_decided import DisputeDecided
from paysandbox.payments.operations.dispute_escalated import DisputeEscalated
from paysandbox.payments.operations.dispute_opened import DisputeOpened
from paysandbox.payments.operations.dispute_withdrawn import DisputeWithdrawn
from paysandbox.payments.operations.evidence_submitted import EvidenceSubmitted
from paysandbox.payments.operations.refund import Refund
from paysandbox.payments.operations.refund_updated import RefundUpdated
from paysandbox.payments.payment import CHARGEBACK, ENDED, INQUIRY, Operation, Payment, Timer, state_of
from paysandbox.payments.refund_status import RefundStatus
from paysandbox.payments.refusals import not_found
from paysandbox.payments.simulated_action import Stamp

RESPOND_WITHIN: Final = timedelta(days=10)
"""How long a merchant can submit evidence, unless the dispute says otherwise. Processors give 7 to 21 days."""

INQUIRY_LASTS: Final = timedelta(days=120)
"""After this time, an inquiry cannot become a chargeback any more: the networks' limit for filing one."""

DECIDES_WITHIN: Final = timedelta(days=14)
"""How long the bank reviews evidence that is none of the magic texts. Then the merchant loses."""

DECIDES_SOON: Final = timedelta(seconds=5)

WINNING: Final = "winning_evidence"
LOSING: Final = "losing_evidence"
ESCALATING: Final = "escalate_inquiry_evidence"
"""Texts that decide a dispute (Stripe, "Testing use cases", Evidence)."""

WIN: Final = "win"
LOSE: Final = "lose"
ESCALATE: Final = "escalate"
EXPIRE: Final = "expire"
_MAGIC: Final = {WINNING: WIN, LOSING: LOSE, ESCALATING: ESCALATE}


def dispute_of(payment: Payment, dispute_id: str) -> Dispute:
    """Return a dispute of a payment. Raises Refused(resource_not_found)."""
    dispute = state_of(payment).disputes.get(dispute_id)
    if dispute is None:
        raise not_found()
    return dispute


def open_new(
    payment: Payment,
    *,
    reason: DisputeReason,
    amount: int | None,
    inquiry: bool,
    respond_within: timedelta | None,
    fees: DisputeFees,
    stamp: Stamp,
    program: DisputeProgram | None = None,
    several: bool = False,
) -> Change:
    """Open a dispute of `amount`, or of all that can still be refunded. The caller has checked that it is possible.

    With `several`, two chargebacks of half of it each are opened in one write, unless it is the smallest amount.

    Raises Refused(parameter_invalid) if less can be refunded.
    """
    disputed = payment.refundable if amount is None else amount
    if disputed > payment.refundable:
        can = amount_with_code(payment.refundable, payment.currency)
        raise Refused(Code.PARAMETER_INVALID, f"{can} can be disputed.", "amount")
    due_by = stamp.at + (respond_within or RESPOND_WITHIN)
    ends = stamp.at + INQUIRY_LASTS if inquiry else due_by
    opened = len(state_of(payment).disputes)
    steps = list[DisputeOpened]()
    for part in filter(None, (disputed - disputed // 2, disputed // 2) if several else (disputed,)):
        dispute_id = ids.dispute_id(payment.id, opened + len(steps) + 1)
        first = steps[0] if steps else None
        steps.append(
            DisputeOpened(
                id=ids.step_id(ids.DISPUTE_OPENING, payment.id, first.id if first else stamp.key),
                request_id=stamp.request_id,
                at=stamp.at,
                contract=stamp.contract,
                source=stamp.source,
                timers=(Timer(step=EXPIRE, at=ends, of=dispute_id),),
                dispute_id=dispute_id,
                reason=reason,
                amount=part,
                due_by=due_by,
                inquiry=inquiry,
                fee=fees.of(payment.currency),
                returns_fee=fees.returned_if_won,
                program=program,
            )
        )
    if inquiry:
        return _change(payment, steps[0], {DISPUTE: INQUIRY})
    taken = parts_of(state_of(payment).captures, disputed)
    change = _due(_change(payment, steps[0], {DISPUTE: CHARGEBACK, **_moved(payment, taken, -1)}))
    return replace(change, also=tuple(steps[1:]))


def submit(payment: Payment, dispute_id: str, *, digest: str, texts: Iterable[str], stamp: Stamp) -> Change:
    """Submit the evidence with this SHA-256. One of the magic texts among its `texts` decides the dispute.

    Raises Refused as `check_evidence` does.
    """
    dispute = dispute_of(payment, dispute_id)
    check_evidence(dispute, stamp.at)
    step = EvidenceSubmitted(
        id=stamp.operation_id(ids.EVIDENCE, payment.id),
        request_id=stamp.request_id,
        at=stamp.at,
        contract=stamp.contract,
        source=stamp.source,
        idempotency_key=stamp.idempotency_key,
        timers=_decision(dispute, texts, stamp.at),
        dispute_id=dispute_id,
        digest=digest,
    )
    return _change(payment, step, {})


def check_evidence(dispute: Dispute, at: datetime) -> None:
    """Check that a dispute waits for evidence at this time (UTC).

    Raises Refused: dispute_state_unexpected if it does not wait for evidence; evidence_past_due from `due_by` on, also
    if the end of the time was not recorded yet.
    """
    if dispute.status not in NEEDS_RESPONSE:
        raise unexpected(dispute)
    if at >= dispute.due_by:
        due_by = format_timestamp(dispute.due_by)
        raise Refused(
            Code.EVIDENCE_PAST_DUE,
            f"Evidence was due by {due_by}.",
            possible={"current_status": str(dispute.status), "due_by": due_by},
        )


def _decision(dispute: Dispute, texts: Iterable[str], at: datetime) -> tuple[Timer, ...]:
    """Return the timer of the bank's decision. An inquiry that nobody decides ends by the timer of its opening."""
    is_inquiry = dispute.stage is DisputeStage.INQUIRY
    step = next((_MAGIC[text] for text in texts if text in _MAGIC), None)
    if step == ESCALATE and not is_inquiry:
        step = None
    if step is not None:
        return (Timer(step=step, at=at + DECIDES_SOON, of=dispute.id),)
    if is_inquiry:
        return ()
    return (Timer(step=WIN if dispute.withdrawn else LOSE, at=at + DECIDES_WITHIN, of=dispute.id),)


def accept(payment: Payment, dispute_id: str, stamp: Stamp) -> Change:
    """Accept a chargeback instead of submitting evidence: it is lost.

    Raises Refused(dispute_state_unexpected) if the dispute does not wait for a response, or is an inquiry.
    """
    dispute = dispute_of(payment, dispute_id)
    if dispute.status is not DisputeStatus.NEEDS_RESPONSE:
        raise unexpected(dispute)
    return end(payment, dispute, DisputeStatus.LOST, Cause.ACCEPTED, stamp)


def end(payment: Payment, dispute: Dispute, outcome: DisputeStatus, cause: Cause, stamp: Stamp) -> Change:
    """End a dispute. If the merchant wins, what it took is returned, and becomes due for settlement."""
    step = DisputeDecided(
        id=stamp.operation_id(ids.DISPUTE_DECISION, payment.id),
        request_id=stamp.request_id,
        at=stamp.at,
        contract=stamp.contract,
        source=stamp.source,
        idempotency_key=stamp.idempotency_key,
        dispute_id=dispute.id,
        outcome=outcome,
        cause=cause,
    )
    returned = dispute.parts if outcome is DisputeStatus.WON else ()
    others = {of: other for of, other in state_of(payment).disputes.items() if of != dispute.id}
    left = CHARGEBACK if open_dispute(others) is not None else ENDED
    change = _change(payment, step, {DISPUTE: left, **_moved(payment, returned, 1)})
    return _due(change) if returned else change


def withdraw(payment: Payment, dispute: Dispute, stamp: Stamp) -> Change:
    """Let the cardholder withdraw a dispute. That does not decide it: evidence must be submitted.

    If it was submitted before, the bank decides for the merchant, at the time at which it would have decided otherwise:
    a withdrawal does not make a dispute end earlier (Stripe, "Dispute withdrawals").
    """
    step = DisputeWithdrawn(
        id=stamp.operation_id(ids.DISPUTE_WITHDRAWAL, payment.id),
        request_id=stamp.request_id,
        at=stamp.at,
        contract=stamp.contract,
        source=stamp.source,
        timers=_win_of_withdrawal(dispute),
        dispute_id=dispute.id,
    )
    return _change(payment, step, {})


def _win_of_withdrawal(dispute: Dispute) -> tuple[Timer, ...]:
    """Return the timer that replaces the pending decision on evidence. The decision of a magic text stays."""
    if dispute.status is not DisputeStatus.UNDER_REVIEW or dispute.decides_at is None:
        return ()
    if dispute.decides_at - dispute.submissions[-1].at <= DECIDES_SOON:
        return ()
    return (Timer(step=WIN, at=dispute.decides_at, of=dispute.id),)


def escalate(payment: Payment, dispute: Dispute, stamp: Stamp) -> Change:
    """Make an inquiry a chargeback, or contest a dispute that the merchant has won. It takes what can be refunded."""
    due_by = stamp.at + RESPOND_WITHIN
    step = DisputeEscalated(
        id=stamp.operation_id(ids.DISPUTE_ESCALATION, payment.id),
        request_id=stamp.request_id,
        at=stamp.at,
        contract=stamp.contract,
        source=stamp.source,
        timers=(Timer(step=EXPIRE, at=due_by, of=dispute.id),),
        dispute_id=dispute.id,
        due_by=due_by,
        amount=min(dispute.amount, payment.refundable),
    )
    taken = parts_of(state_of(payment).captures, step.amount)
    return _due(_change(payment, step, {DISPUTE: CHARGEBACK, **_moved(payment, taken, -1)}))


def ended_by_refund(change: Change, payment: Payment) -> Change:
    """Let a refund that succeeds end the inquiry of its payment, if nothing is left to refund and none is pending.

    A pending refund can fail, so it ends the inquiry when it succeeds. One that fails after that does not reopen it.
    """
    refund = change.operation
    dispute = open_dispute(state_of(payment).disputes)
    if dispute is None or not _succeeds(refund) or not change.fits(payment):
        return change
    after = change.apply(payment)
    if after.refundable or after.pending_refunds:
        return change
    ended = DisputeDecided(
        id=ids.step_id(ids.DISPUTE_DECISION, payment.id, refund.id),
        request_id=refund.request_id,
        at=refund.at,
        contract=refund.contract,
        source=refund.source,
        dispute_id=dispute.id,
        outcome=DisputeStatus.WARNING_CLOSED,
        cause=Cause.REFUNDED,
    )
    same = Guard(VERSION, "=", payment.version, None)
    return replace(
        change,
        guards=(*change.guards, same),
        assign={**change.assign, DISPUTE: ENDED},
        also=(*change.also, ended),
    )


def _succeeds(operation: Operation) -> bool:
    if isinstance(operation, RefundUpdated):
        return operation.status is RefundStatus.SUCCEEDED
    return isinstance(operation, Refund) and not operation.pending


def unexpected(dispute: Dispute) -> Refused:
    """Return the refusal of a request that the dispute's status does not allow."""
    detail = {
        DisputeStatus.WARNING_NEEDS_RESPONSE: "Nothing was charged back. Submit evidence, or refund the payment.",
        DisputeStatus.NEEDS_RESPONSE: "Submit evidence, or accept the dispute.",
        DisputeStatus.WARNING_UNDER_REVIEW: "The evidence was submitted, and the bank has not decided yet.",
        DisputeStatus.UNDER_REVIEW: "The evidence was submitted, and the bank has not decided yet.",
        DisputeStatus.WARNING_CLOSED: "The inquiry has ended.",
        DisputeStatus.WON: "The dispute has ended. You won it.",
        DisputeStatus.LOST: "The dispute has ended. You lost it.",
    }[dispute.status]
    return Refused(Code.DISPUTE_STATE_UNEXPECTED, detail, possible={"current_status": str(dispute.status)})


def is_inquiry(dispute: Dispute) -> bool:
    """Whether a dispute is an inquiry that has not ended."""
    return dispute.status in OPEN_INQUIRY


def _moved(payment: Payment, parts: Parts, sign: int) -> dict[Path, Value]:
    """Return the counters after parts were returned to (1) or taken from (-1) what can be refunded."""
    if not parts:
        return {}
    counters: dict[Path, Value] = {REFUNDABLE: payment.refundable + sign * sum(part for _, part in parts)}
    return counters | {(*CAPTURES, of): payment.captures[of] + sign * part for of, part in parts}


def _change(payment: Payment, step: DisputeStep, assign: dict[Path, Value]) -> Change:
    return Change(
        payment_id=payment.id,
        merchant=payment.merchant,
        operation=step,
        guards=(Guard(VERSION, "=", payment.version, None),),
        assign=assign,
    )


def _due(change: Change) -> Change:
    return replace(change, assign={**change.assign, **unsettled(change.operation.at)})
