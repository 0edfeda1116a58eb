"""Refunds that take time: the rules of their steps, which are the simulation table's rows for refunds.

    pending -> requires_action | succeeded | failed | canceled
    requires_action -> succeeded | failed | canceled
    succeeded -> failed

A refund that has not ended holds its amount. When it succeeds, it becomes due for settlement; if it ends otherwise, its
amount can be refunded again. One that fails after it had succeeded also becomes due for settlement, as a reversal.
"""

from datetime import timedelta
from typing import Final

from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.core.guard import Guard, Path
from paysandbox.core.record import replace
from paysandbox.payments.bank.plan import REFUND_FAILURES
from paysandbox.payments.change import (
    CAPTURES,
    DISPUTE,
    REFUNDABLE,
    UNALLOCATED_REFUND,
    VERSION,
    Change,
    Minus,
    Plus,
    Term,
    Value,
    unsettled,
)
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.operations.refund import Refund
from paysandbox.payments.operations.refund_updated import RefundUpdated
from paysandbox.payments.payment import INQUIRY, Payment, Timer, state_of
from paysandbox.payments.refund_status import OPEN_REFUND, RefundStatus
from paysandbox.payments.rules.refund import ending_inquiry
from paysandbox.payments.simulated_action import Action, Arguments, Kind, Parameter, Stamp

PENDING_REFUNDS: Path = ("pending_refunds",)

MAX_REFUND_UPDATES: Final = 20
"""Updates of a payment's refunds. One is reserved for each refund that has not ended, so that it always can."""

ACTION_WITHIN: Final = timedelta(days=45)
"""How long a refund waits for the cardholder (Stripe, "Refund bank transfer payments")."""


def cancel(payment: Payment, refund_id: str, stamp: Stamp, *, reason: str | None = None) -> Change:
    """Cancel a refund that has not ended."""
    return _given_back(_ended(payment, _update(payment, refund_id, RefundStatus.CANCELED, stamp, reason)), payment)


def _succeed(payment: Payment, refund_id: str, _: Arguments, stamp: Stamp) -> Change:
    _check_planned(payment, refund_id, stamp)
    change = _due(_ended(payment, _update(payment, refund_id, RefundStatus.SUCCEEDED, stamp)))
    # An inquiry that has been opened since would stay open, although everything is refunded.
    same_dispute = Guard(DISPUTE, "=" if payment.dispute else "not_exists", payment.dispute, None)
    return ending_inquiry(replace(change, guards=(*change.guards, same_dispute, *_alone(payment))), payment)


def _alone(payment: Payment) -> tuple[Guard, ...]:
    """Return the guard of a refund that succeeds during an inquiry: of two at once, the last one ends it."""
    return (Guard(VERSION, "=", payment.version, None),) if payment.dispute == INQUIRY else ()


def _fail(payment: Payment, refund_id: str, arguments: Arguments, stamp: Stamp) -> Change:
    _check_planned(payment, refund_id, stamp)
    reason = str(arguments.get("reason", "unknown"))
    update = _update(payment, refund_id, RefundStatus.FAILED, stamp, reason)
    if state_of(payment).refunds[refund_id].status in OPEN_REFUND:
        return _given_back(_ended(payment, update), payment)
    check_room(payment)
    return _due(_given_back(_updated(payment, update), payment))


def _require_action(payment: Payment, refund_id: str, _: Arguments, stamp: Stamp) -> Change:
    check_room(payment)
    expires = Timer(step="expire", at=stamp.at + ACTION_WITHIN, of=refund_id)
    update = _update(payment, refund_id, RefundStatus.REQUIRES_ACTION, stamp)
    return _updated(payment, replace(update, timers=(expires,)))


def _expire(payment: Payment, refund_id: str, _: Arguments, stamp: Stamp) -> Change:
    return cancel(payment, refund_id, stamp)


def _update(
    payment: Payment, refund_id: str, status: RefundStatus, stamp: Stamp, reason: str | None = None
) -> RefundUpdated:
    return RefundUpdated(
        id=stamp.operation_id(ids.REFUND_UPDATE, payment.id),
        request_id=stamp.request_id,
        at=stamp.at,
        contract=stamp.contract,
        source=stamp.source,
        refund_id=refund_id,
        status=status,
        reason=reason,
    )


def _ended(payment: Payment, update: RefundUpdated) -> Change:
    """End a refund. Its entry in the map is the guard, so that it ends once, whatever else happens to the payment."""
    entry = (*PENDING_REFUNDS, update.refund_id)
    return Change(
        payment_id=payment.id,
        merchant=payment.merchant,
        operation=update,
        guards=(Guard(entry, "exists", None, None),),
        assign={},
        remove=(entry,),
    )


def _updated(payment: Payment, update: RefundUpdated) -> Change:
    return Change(
        payment_id=payment.id,
        merchant=payment.merchant,
        operation=update,
        guards=(Guard(VERSION, "=", payment.version, None),),
        assign={},
    )


def _due(change: Change) -> Change:
    return replace(change, assign={**change.assign, **unsettled(change.operation.at)})


def _given_back(change: Change, payment: Payment) -> Change:
    """Let the amount of the refund that a change updates be refunded again, from the captures that it was of."""
    refund_id = _refund_of(change)
    refund = state_of(payment).refunds[refund_id]
    assign: dict[Path, Value] = {**change.assign, REFUNDABLE: Plus(Term(REFUNDABLE), refund.amount)}
    if not _is_unallocated(payment, refund_id):
        assign |= {(*CAPTURES, of): Plus(Term((*CAPTURES, of)), part) for of, part in refund.parts}
        return replace(change, assign=assign)
    # A refund by the authorization's ID, which no later capture has made one of the first capture.
    same = Guard(UNALLOCATED_REFUND, "=", payment.unallocated_refund, None)
    if payment.unallocated_refund == refund.amount:
        return replace(
            change, assign=assign, guards=(*change.guards, same), remove=(*change.remove, UNALLOCATED_REFUND)
        )
    assign[UNALLOCATED_REFUND] = Minus(Term(UNALLOCATED_REFUND), refund.amount)
    return replace(change, assign=assign, guards=(*change.guards, same))


def _refund_of(change: Change) -> str:
    if not isinstance(change.operation, RefundUpdated):
        raise AssertionError(f"{change.operation} is not an update of a refund")
    return change.operation.refund_id


def _is_unallocated(payment: Payment, refund_id: str) -> bool:
    """Whether a refund is counted in `unallocated_refund`: it is by the authorization's ID, and no capture followed."""
    place = next(place for place, operation in enumerate(payment.operations) if operation.id == refund_id)
    refund = payment.operations[place]
    by_authorization = isinstance(refund, Refund) and refund.capture_id is None and not refund.spread
    return by_authorization and not any(isinstance(later, Capture) for later in payment.operations[place:])


def updates_of(payment: Payment) -> int:
    """Return the number of updates of the payment's refunds."""
    return sum(isinstance(operation, RefundUpdated) for operation in payment.operations)


def check_room(payment: Payment) -> None:
    """Refuse an update beyond those that are reserved for refunds which have not ended."""
    if updates_of(payment) + len(payment.pending_refunds or {}) >= MAX_REFUND_UPDATES:
        raise Refused(
            Code.TOO_MANY_REFUNDS, f"The refunds of a payment can be updated {MAX_REFUND_UPDATES} times in total."
        )


def _check_planned(payment: Payment, refund_id: str, stamp: Stamp) -> None:
    """Refuse a planned result whose time has come, if the refund is no longer in the status that the plan is for."""
    status = state_of(payment).refunds[refund_id].status
    if stamp.source is None and status is not _first_status(payment, refund_id):
        possible = {"current_status": str(status), "allowed": list[str]()}
        raise Refused(Code.SIMULATION_NOT_ALLOWED, f"The refund is now {status}.", possible=possible)


def _first_status(payment: Payment, refund_id: str) -> RefundStatus:
    refund = next(operation for operation in payment.operations if operation.id == refund_id)
    is_pending = isinstance(refund, Refund) and refund.pending
    return RefundStatus.PENDING if is_pending else RefundStatus.SUCCEEDED


_OPEN: Final = tuple(map(str, OPEN_REFUND))

ACTIONS: Final = (
    Action(
        kind=Kind.REFUND,
        name="succeed",
        description="The cardholder's bank accepts the refund. It is settled with the next batch.",
        statuses=_OPEN,
        decide=_succeed,
    ),
    Action(
        kind=Kind.REFUND,
        name="fail",
        description="The refund fails, and its amount can be refunded again. One that had succeeded is reversed in "
        "settlement.",
        statuses=(*_OPEN, str(RefundStatus.SUCCEEDED)),
        decide=_fail,
        parameters=(Parameter(name="reason", description="Why. Default: `unknown`.", choices=REFUND_FAILURES),),
    ),
    Action(
        kind=Kind.REFUND,
        name="require_action",
        description="The refund waits for the cardholder, up to 45 days. Then it is canceled.",
        statuses=(str(RefundStatus.PENDING),),
        decide=_require_action,
    ),
    Action(
        kind=Kind.REFUND,
        name="expire",
        description="The refund is canceled, because its time is over. Its amount can be refunded again.",
        statuses=_OPEN,
        decide=_expire,
    ),
)
