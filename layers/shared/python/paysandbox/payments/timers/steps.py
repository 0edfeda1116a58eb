"""The step of a timer: the change that a request for it would make, under IDs that are derived from the timer's."""

from collections.abc import Iterator

from paysandbox.core.errors import Refused
from paysandbox.payments.change import Change
from paysandbox.payments.disputes.fees import NO_FEES, DisputeFees
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.operations.dispute_withdrawn import DisputeWithdrawn
from paysandbox.payments.operations.evidence_submitted import EvidenceSubmitted
from paysandbox.payments.payment import BY_TIMER, CONTRACT, AuthorizationBegun, Payment, state_of
from paysandbox.payments.refusals import not_found
from paysandbox.payments.simulated_action import Arguments, Stamp, is_of_step
from paysandbox.payments.simulation import simulation
from paysandbox.payments.timers.timer import StoredTimer, timers_of


def timer_change(
    payment: Payment, timer: StoredTimer, *, validity_s: int, dispute_fees: DisputeFees = NO_FEES
) -> Change:
    """Return the change that a timer's step makes. A new authorization can be captured for `validity_s` seconds, and a
    new chargeback costs what `dispute_fees` say.

    Its time is that at which the timer falls due, however late it is performed; if the payment has later operations,
    theirs. Raises Refused if the payment has no such timer, or its step is not possible (any more).
    """
    operation = next((candidate for candidate in payment.operations if candidate.id == timer.operation_id), None)
    if operation is None or timer not in timers_of(payment, [operation]):
        raise not_found()
    # The end of a challenge must be neither that of a later one nor that of the hold which the challenge led to.
    if isinstance(operation, AuthorizationBegun) and not _is_open(payment, operation):
        raise simulation.not_allowed(payment, payment.id)
    if isinstance(operation, Capture) and not _counts(payment, operation, timer):
        raise simulation.not_allowed(payment, timer.object_id)
    # Nor must a decision be about evidence to which more was added since, in pre-arbitration or after an escalation, or
    # after which the cardholder has withdrawn the dispute.
    if isinstance(operation, EvidenceSubmitted | DisputeWithdrawn) and not _decides(payment, operation):
        raise simulation.not_allowed(payment, operation.dispute_id)
    stamp = Stamp(
        key=timer.id,
        request_id=BY_TIMER,
        at=max(timer.at, payment.operations[-1].at),
        contract=CONTRACT,
        validity_s=validity_s,
        dispute_fees=dispute_fees,
    )
    return simulation.step(payment, timer.object_id, timer.step, _arguments(payment, timer), stamp)


def is_performed(payment: Payment, timer: StoredTimer) -> bool:
    """Whether a payment has the operation that performs a timer's step."""
    return any(is_of_step(payment.id, timer.id, operation.id) for operation in payment.operations)


def open_timers(payment: Payment) -> Iterator[StoredTimer]:
    """Yield the timers whose step was not performed and is possible."""
    for timer in timers_of(payment):
        if not is_performed(payment, timer) and _is_possible(payment, timer):
            yield timer


def _is_possible(payment: Payment, timer: StoredTimer) -> bool:
    try:
        timer_change(payment, timer, validity_s=0)
    except Refused:
        return False
    return True


def _is_open(payment: Payment, attempt: AuthorizationBegun) -> bool:
    current = state_of(payment).attempt
    return current is not None and current.id == attempt.id


def _counts(payment: Payment, capture: Capture, timer: StoredTimer) -> bool:
    """Whether a capture has not failed; and, if the timer is of its payment, is the first one that has not.

    Captures that were made at the same time do not know of each other, so that each may have started such a timer.
    """
    captures = list(state_of(payment).captures)
    return capture.id in (captures if timer.object_id == capture.id else captures[:1])


def _decides(payment: Payment, step: EvidenceSubmitted | DisputeWithdrawn) -> bool:
    """Whether a step is the last one of its dispute that started the timer of a decision."""
    decisions = (EvidenceSubmitted, DisputeWithdrawn)
    of_dispute = (
        decision
        for decision in payment.operations
        if isinstance(decision, decisions) and decision.dispute_id == step.dispute_id
    )
    return [decision.id for decision in of_dispute if decision.timers][-1] == step.id


def _arguments(payment: Payment, timer: StoredTimer) -> Arguments:
    """Return the timer's value as the parameter of its action that can have it, else as the first parameter."""
    if timer.value is None:
        return {}
    kind, _ = simulation.object_of(payment, timer.object_id)
    action = next(
        (candidate for candidate in simulation.ACTIONS if (candidate.kind, candidate.name) == (kind, timer.step)), None
    )
    parameters = action.parameters if action else ()
    fitting = [*(each for each in parameters if timer.value in each.choices), *parameters[:1]]
    return {fitting[0].name: timer.value} if fitting else {}
