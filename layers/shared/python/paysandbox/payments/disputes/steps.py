"""The simulation table's rows of disputes: what the cardholder and the bank do, and when the time is over.

A timer's step counts only for the phase that started it: a dispute may wait for evidence a second time.
"""

from datetime import timedelta
from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.payments.change import Change
from paysandbox.payments.disputes import rules
from paysandbox.payments.disputes.dispute import (
    DISPUTE_KINDS,
    MAX_DISPUTES,
    SEVERAL,
    Cause,
    Dispute,
    DisputeProgram,
    DisputeReason,
    DisputeStatus,
    can_escalate,
    open_dispute,
)
from paysandbox.payments.payment import (
    CHARGEBACK,
    DISPUTE_ROOM,
    ENDED,
    INQUIRY,
    MAX_AMOUNTS,
    Payment,
    State,
    Status,
    state_of,
)
from paysandbox.payments.simulated_action import Action, Arguments, Kind, NotPossible, Parameter, Stamp

MAX_RESPONSE_DAYS: Final = 90

_REASONS: Final = {
    str(DisputeProgram.COMPELLING_EVIDENCE): DisputeReason.FRAUDULENT,
    str(DisputeProgram.COMPLIANCE): DisputeReason.NONCOMPLIANT,
}
"""The reason of all disputes of a program."""


def _open(payment: Payment, _: str, arguments: Arguments, stamp: Stamp) -> Change:
    seconds = int(arguments.get("due_in", 0))
    if seconds > MAX_RESPONSE_DAYS * 86_400:
        raise Refused(Code.PARAMETER_INVALID, f"It can be at most {MAX_RESPONSE_DAYS} days, in seconds.", "due_in")
    kind = str(arguments.get("kind", CHARGEBACK))
    if kind == SEVERAL and not _has_room(payment, state_of(payment), 2):
        raise Refused(Code.PARAMETER_INVALID, "The payment has no room for two more disputes.", "kind")
    only = _REASONS.get(kind)
    reason = DisputeReason(str(arguments.get("reason", only or DisputeReason.FRAUDULENT)))
    if only not in (None, reason):
        raise Refused(Code.PARAMETER_INVALID, f"The reason of a dispute of this kind is `{only}`.", "reason")
    return rules.open_new(
        payment,
        reason=reason,
        amount=int(arguments["amount"]) if "amount" in arguments else None,
        inquiry=kind == INQUIRY,
        program=DisputeProgram(kind) if only else None,
        several=kind == SEVERAL,
        respond_within=timedelta(seconds=seconds) if seconds else None,
        fees=stamp.dispute_fees,
        stamp=stamp,
    )


def _can_open(payment: Payment, state: State, _: str) -> bool:
    return _has_room(payment, state, 1) and payment.refundable > 0 and payment.dispute in (None, ENDED)


def _has_room(payment: Payment, state: State, more: int) -> bool:
    number = len(state.disputes) + more
    return number <= MAX_DISPUTES and len(payment.amounts) + number * DISPUTE_ROOM <= MAX_AMOUNTS


def _win(payment: Payment, dispute_id: str, _: Arguments, stamp: Stamp) -> Change:
    return _decide(payment, dispute_id, DisputeStatus.WON, stamp)


def _lose(payment: Payment, dispute_id: str, _: Arguments, stamp: Stamp) -> Change:
    return _decide(payment, dispute_id, DisputeStatus.LOST, stamp)


def _decide(payment: Payment, dispute_id: str, outcome: DisputeStatus, stamp: Stamp) -> Change:
    """An inquiry is closed either way: no money was taken."""
    dispute = rules.dispute_of(payment, dispute_id)
    _check_decision_due(dispute, stamp)
    ends = DisputeStatus.WARNING_CLOSED if rules.is_inquiry(dispute) else outcome
    return rules.end(payment, dispute, ends, Cause.DECIDED, stamp)


def _withdraw(payment: Payment, dispute_id: str, _: Arguments, stamp: Stamp) -> Change:
    return rules.withdraw(payment, rules.dispute_of(payment, dispute_id), stamp)


def _escalate(payment: Payment, dispute_id: str, _: Arguments, stamp: Stamp) -> Change:
    dispute = rules.dispute_of(payment, dispute_id)
    _check_decision_due(dispute, stamp)
    return rules.escalate(payment, dispute, stamp)


def _expire(payment: Payment, dispute_id: str, _: Arguments, stamp: Stamp) -> Change:
    dispute = rules.dispute_of(payment, dispute_id)
    inquiry = rules.is_inquiry(dispute)
    ends = dispute.opened_at + rules.INQUIRY_LASTS if inquiry else dispute.due_by
    if stamp.source is None and stamp.at < ends:
        raise NotPossible(dispute.id)
    outcome = DisputeStatus.WARNING_CLOSED if inquiry else DisputeStatus.LOST
    return rules.end(payment, dispute, outcome, Cause.EXPIRED, stamp)


def _check_decision_due(dispute: Dispute, stamp: Stamp) -> None:
    """Refuse the decision of a timer that an earlier submission of evidence started."""
    if stamp.source is None and (dispute.decides_at is None or stamp.at < dispute.decides_at):
        raise NotPossible(dispute.id)


def _can_withdraw(_: Payment, state: State, dispute_id: str) -> bool:
    return not state.disputes[dispute_id].withdrawn


def _can_escalate(payment: Payment, state: State, dispute_id: str) -> bool:
    """A dispute that was won can be contested once, unless everything was refunded since, or another one is open."""
    others = [dispute for of, dispute in state.disputes.items() if of != dispute_id]
    free = open_dispute({dispute.id: dispute for dispute in others}) is None
    return can_escalate(state.disputes[dispute_id]) and free and payment.refundable > 0


_NEEDS_RESPONSE: Final = (str(DisputeStatus.NEEDS_RESPONSE), str(DisputeStatus.WARNING_NEEDS_RESPONSE))
_UNDER_REVIEW: Final = (str(DisputeStatus.UNDER_REVIEW), str(DisputeStatus.WARNING_UNDER_REVIEW))

ACTIONS: Final = (
    Action(
        kind=Kind.PAYMENT,
        name="dispute",
        description="The cardholder disputes the payment. A chargeback takes the amount; an inquiry takes nothing.",
        statuses=(Status.PARTIALLY_CAPTURED, Status.CAPTURED, Status.PARTIALLY_REFUNDED),
        possible=_can_open,
        decide=_open,
        parameters=(
            Parameter(
                name="reason",
                description="Why (default: `fraudulent`).",
                choices=tuple(str(reason) for reason in DisputeReason),
            ),
            Parameter(
                name="amount", description="The amount in minor units (default: all that can be refunded).", minimum=1
            ),
            Parameter(
                name="kind",
                description="Default: `chargeback`. `several` opens two chargebacks of half the amount each; "
                "`compelling_evidence` and `compliance` are of a program of the network.",
                choices=(CHARGEBACK, *DISPUTE_KINDS),
            ),
            Parameter(
                name="due_in",
                description="Seconds until evidence is due (default: 10 days).",
                minimum=1,
            ),
        ),
    ),
    Action(
        kind=Kind.DISPUTE,
        name=rules.WIN,
        description="The bank decides for the merchant, and returns what the dispute took. An inquiry is closed.",
        statuses=_UNDER_REVIEW,
        decide=_win,
    ),
    Action(
        kind=Kind.DISPUTE,
        name=rules.LOSE,
        description="The bank decides for the cardholder. An inquiry is closed.",
        statuses=_UNDER_REVIEW,
        decide=_lose,
    ),
    Action(
        kind=Kind.DISPUTE,
        name="withdraw",
        description="The cardholder withdraws the dispute. The merchant wins if evidence is submitted all the same.",
        statuses=(*_NEEDS_RESPONSE, *_UNDER_REVIEW),
        possible=_can_withdraw,
        decide=_withdraw,
    ),
    Action(
        kind=Kind.DISPUTE,
        name=rules.ESCALATE,
        description="An inquiry becomes a chargeback, or the bank contests a dispute that the merchant has won.",
        statuses=(
            str(DisputeStatus.WARNING_NEEDS_RESPONSE),
            str(DisputeStatus.WARNING_UNDER_REVIEW),
            str(DisputeStatus.WON),
        ),
        possible=_can_escalate,
        decide=_escalate,
    ),
    Action(
        kind=Kind.DISPUTE,
        name=rules.EXPIRE,
        description="The time is over: a chargeback without evidence is lost, and an inquiry is closed.",
        statuses=(*_NEEDS_RESPONSE, str(DisputeStatus.WARNING_UNDER_REVIEW)),
        decide=_expire,
    ),
)
