"""A refund with a plan: it is pending at first, or fails after it has succeeded. Loaded only for such refunds."""

from collections.abc import Callable
from datetime import timedelta

from paysandbox.core.errors import Code, Refused
from paysandbox.core.guard import Guard, Size
from paysandbox.core.headers import OUTCOME_HEADER
from paysandbox.core.record import replace
from paysandbox.payments.bank.grammar import REFUND_GRAMMAR, read_outcomes
from paysandbox.payments.bank.plan import Plan, RefundPlan, read_plan
from paysandbox.payments.change import AMOUNTS, DUE_AT, UNSETTLED_SINCE, VERSION, Change
from paysandbox.payments.operations.refund import Refund
from paysandbox.payments.payment import Payment, Timer, state_of
from paysandbox.payments.simulation.refund_steps import MAX_REFUND_UPDATES, PENDING_REFUNDS, check_room, updates_of


def requested_plan(header: str) -> RefundPlan:
    """Parse the outcome that the header requests for a refund. Raises Refused as `read_outcomes` does."""
    text = read_outcomes(header, OUTCOME_HEADER, amount=0).plan
    plan = read_plan(text) if text else Plan()
    if plan.refund is None or plan != Plan(refund=plan.refund):
        raise Refused(
            Code.OUTCOME_INVALID, f"Use {REFUND_GRAMMAR}, with a reason from the documentation.", OUTCOME_HEADER
        )
    return plan.refund


def refund_as_planned(
    requested: RefundPlan | None,
    refund: Refund,
    current: Payment | None,
    decide: Callable[[Refund, Payment | None], Change],
) -> Change:
    """Return the change of a refund with the requested plan, else that of its payment.

    `decide` returns the change of a refund without a plan. Its guards come first. Of a pending refund, then
    too_many_refunds.
    """
    plan = requested or _plan_of(current)
    if plan is None:
        return decide(refund, current)
    due_at = refund.at + timedelta(seconds=plan.seconds)
    step = Timer(step="fail" if plan.fails else "succeed", at=due_at, value=plan.reason)
    timers = (step,) if plan.pending or plan.fails else ()
    change = decide(replace(refund, pending=plan.pending, timers=timers), current)
    return _pending(change, current) if plan.pending else change


def _plan_of(payment: Payment | None) -> RefundPlan | None:
    return read_plan(payment.plan).refund if payment and payment.plan else None


def _pending(change: Change, payment: Payment | None) -> Change:
    """Let a refund hold its amount, without being due for settlement, unless it returns what is shared at once."""
    if payment is None:
        # Only the stored payment tells how many updates are left.
        return replace(change, needs_current=True)
    refund_id = change.operation.id
    if _returns_share(change, payment):
        assign = {**change.assign}
        change = replace(change, guards=(*change.guards, Guard(VERSION, "=", payment.version, None)))
    else:
        assign = {path: value for path, value in change.assign.items() if path not in (DUE_AT, UNSETTLED_SINCE)}
    if payment.pending_refunds is not None:
        assign[*PENDING_REFUNDS, refund_id] = assign[*AMOUNTS, refund_id]
        has_room = Guard(Size(PENDING_REFUNDS), "<", MAX_REFUND_UPDATES - updates_of(payment), Code.TOO_MANY_REFUNDS)
        return replace(change, guards=(*change.guards, has_room), assign=assign)
    # The first one adds the map. A map in a change has amounts, not terms, so the amount must be that of this version.
    if change.fits(payment):
        check_room(payment)
        assign[PENDING_REFUNDS] = {refund_id: change.apply(payment).amounts[refund_id]}
    return replace(change, guards=(*change.guards, Guard(VERSION, "=", payment.version, None)), assign=assign)


def _returns_share(change: Change, payment: Payment) -> bool:
    """Whether a refund adds settlement lines of what the payment shares, as it is in this version."""
    refund = change.operation
    if not isinstance(refund, Refund) or not (refund.reverse_transfer or refund.refund_fee):
        return False
    if not change.fits(payment):
        return False
    state = state_of(payment)
    return refund.after(state, change.apply(payment).amounts[refund.id]).lines != state.lines
