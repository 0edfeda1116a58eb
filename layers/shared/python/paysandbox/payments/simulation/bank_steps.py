"""What the cardholder's bank and the network do by themselves: the simulation table's rows of payments and captures.

    processing -> approved | declined           the bank answers
    declined -> approved                        it answers late: approved after all
    approved -> expired | reversed              it drops the hold, or reverses all or part of it
    requires_action -> declined                 the cardholder abandons a challenge
    captured -> approved                        the network rejects a capture before it is settled

Every change is guarded by the version of the payment that the rule saw. A payment has no more of these steps than
leave room for the others in its item.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Final

from paysandbox.core import ids
from paysandbox.core.amount_text import amount_with_code
from paysandbox.core.errors import Code, Refused
from paysandbox.core.guard import Guard, Path
from paysandbox.core.record import replace
from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments.attempts.authentication import abandon
from paysandbox.payments.attempts.rules import answer_attempt, approve_after_all
from paysandbox.payments.bank.decline_codes import BY_DECLINE_CODE
from paysandbox.payments.bank.plan import MAX_DAYS
from paysandbox.payments.bank.response import Decline, Response
from paysandbox.payments.change import (
    AMOUNTS,
    CAPTURES,
    CREATED_AT,
    DUE_AT,
    REFUNDABLE,
    REMAINING,
    UNSETTLED_SINCE,
    VERSION,
    Change,
    Term,
    Value,
)
from paysandbox.payments.operations.authorization import authorization_of, last_attempt
from paysandbox.payments.operations.capture_failed import CaptureFailed
from paysandbox.payments.operations.expiry import Expiry
from paysandbox.payments.operations.fraud_warning import FraudWarning
from paysandbox.payments.operations.presentment_delayed import PresentmentDelayed
from paysandbox.payments.operations.reversal import Reversal
from paysandbox.payments.payment import (
    NOT_AUTHENTICATED,
    LineKind,
    Operation,
    Payment,
    SettlementLine,
    State,
    Status,
    state_of,
)
from paysandbox.payments.simulated_action import Action, Arguments, Kind, NotPossible, Parameter, Stamp

_PRESENTED: Path = ("presented_until",)

MAX_REVERSALS: Final = 20
MAX_CAPTURE_FAILURES: Final = 20
"""Of one payment, so that later operations fit into its item."""


# --- the bank's answer ------------------------------------------------------------------------------------------------


def _approve(payment: Payment, object_id: str, _: Arguments, stamp: Stamp) -> Change:
    begun = state_of(payment).attempt
    if begun is not None:
        declined = begun.response.decline is not None
        return answer_attempt(payment, begun, stamp, response=_approval(begun.response) if declined else None)
    declined_attempt = authorization_of(payment)
    if stamp.source is None and object_id != declined_attempt.id:
        # The timer of an attempt that somebody has resolved meanwhile is no late approval of it.
        raise NotPossible(object_id, "The bank has answered.", without=(_APPROVE,))
    amount = payment.amounts.get(declined_attempt.id, payment.authorized)
    return approve_after_all(payment, declined_attempt.card, amount, stamp)


def _approval(response: Response) -> Response:
    return Response(checks=response.checks, risk_level=response.risk_level)


def _can_approve(payment: Payment, state: State, object_id: str) -> bool:
    """An attempt without an answer, or the last one if the bank declined it. A timer is of one attempt only."""
    if state.attempt is not None:
        return object_id in (payment.id, state.attempt.id)
    last = last_attempt(payment)
    return last is not None and state.decline != NOT_AUTHENTICATED and object_id in (payment.id, last.id)


def _decline(payment: Payment, _: str, arguments: Arguments, stamp: Stamp) -> Change:
    begun = state_of(payment).attempt
    if begun is None:
        raise AssertionError(f"{payment.id} waits for no answer")
    code = arguments.get("code")
    if code is None and begun.response.decline is not None:
        return answer_attempt(payment, begun, stamp)
    reason = BY_DECLINE_CODE[str(code or "generic_decline")]
    decline = Decline(decline_code=reason.decline_code, advice_code=reason.advice_code)
    response = replace(begun.response, code=reason.response_code, decline=decline)
    return answer_attempt(payment, begun, stamp, response=response)


def _can_decline(payment: Payment, state: State, object_id: str) -> bool:
    return state.attempt is not None and object_id in (payment.id, state.attempt.id)


# --- the hold ---------------------------------------------------------------------------------------------------------


def _expire(payment: Payment, object_id: str, arguments: Arguments, stamp: Stamp) -> Change:
    """Expire the hold before its time, or abandon a challenge.

    The sweep's guard is that something remains, so a payment expires once, whoever is first.
    """
    if state_of(payment).attempt is not None:
        return abandon(payment, object_id, arguments, stamp)
    operation = Expiry(
        id=stamp.operation_id(ids.EXPIRY, payment.id),
        request_id=stamp.request_id,
        at=stamp.at,
        contract=stamp.contract,
        source=stamp.source,
    )
    return _released(payment, operation, payment.remaining or 0)


def _reverse(payment: Payment, _: str, arguments: Arguments, stamp: Stamp) -> Change:
    remaining = payment.remaining or 0
    amount = int(arguments.get("amount", remaining))
    if amount > remaining:
        raise Refused(
            Code.PARAMETER_INVALID, f"{amount_with_code(remaining, payment.currency)} can be reversed.", "amount"
        )
    operation = Reversal(
        id=stamp.operation_id(ids.REVERSAL, payment.id),
        request_id=stamp.request_id,
        at=stamp.at,
        contract=stamp.contract,
        source=stamp.source,
    )
    return _released(payment, operation, amount)


def _released(payment: Payment, operation: Operation, amount: int) -> Change:
    left = (payment.remaining or 0) - amount
    return _change(payment, operation, {(*AMOUNTS, operation.id): amount, REMAINING: left})


def _can_expire(payment: Payment, state: State, object_id: str) -> bool:
    """What is held; or a challenge, of which a timer is of one only."""
    if state.attempt is not None:
        return object_id in (payment.id, state.attempt.id)
    return bool(payment.remaining)


def _can_reverse(payment: Payment, _: State, __: str) -> bool:
    return bool(payment.remaining) and _count(payment, Reversal) < MAX_REVERSALS


# --- captures ---------------------------------------------------------------------------------------------------------


def _warn(payment: Payment, _: str, __: Arguments, stamp: Stamp) -> Change:
    capture_id = list(state_of(payment).captures)[-1]
    operation = FraudWarning(
        id=stamp.operation_id(ids.FRAUD_WARNING, payment.id),
        request_id=stamp.request_id,
        at=stamp.at,
        contract=stamp.contract,
        source=stamp.source,
        capture_id=capture_id,
    )
    return _change(payment, operation, {})


def _can_warn(payment: Payment, state: State, _: str) -> bool:
    return bool(state.captures) and not _count(payment, FraudWarning)


def _fail(payment: Payment, capture_id: str, _: Arguments, stamp: Stamp) -> Change:
    """Take a capture back: its amount is held again, or released if the hold has ended meanwhile."""
    state = state_of(payment)
    _check_not_presented(state, capture_id, stamp.at)
    operation = CaptureFailed(
        id=stamp.operation_id(ids.CAPTURE_FAILURE, payment.id),
        request_id=stamp.request_id,
        at=stamp.at,
        contract=stamp.contract,
        source=stamp.source,
        capture_id=capture_id,
    )
    amount = state.captures[capture_id].amount
    remaining = (payment.remaining or 0) + (0 if state.ended else amount)
    assign: dict[Path, Value] = {
        (*AMOUNTS, operation.id): amount,
        REMAINING: remaining,
        REFUNDABLE: payment.refundable - amount,
    }
    due, remove = _due_for(operation.after(state, amount).lines, remaining)
    change = _unless_taken(_change(payment, operation, {**assign, **due}), payment)
    return replace(change, remove=((*CAPTURES, capture_id), *remove))


def _due_for(lines: Mapping[str, SettlementLine], remaining: int) -> tuple[dict[Path, Value], tuple[Path, ...]]:
    """Return whether the payment is due with these settlement lines and this hold, as what to assign and to remove."""
    unsettled = [line for line in lines.values() if line.batch is None]
    if unsettled:
        since = min(line.at for line in unsettled)
        return {DUE_AT: Term(CREATED_AT), UNSETTLED_SINCE: format_timestamp(since)}, ()
    if remaining:
        return {DUE_AT: Term(CREATED_AT)}, (UNSETTLED_SINCE,)
    return {}, (DUE_AT, UNSETTLED_SINCE)


def _can_fail(payment: Payment, state: State, capture_id: str) -> bool:
    balance = state.captures[capture_id]
    untouched = balance.refundable == balance.amount and not _may_be_taken(payment, state.lines[capture_id])
    return untouched and _count(payment, CaptureFailed) < MAX_CAPTURE_FAILURES


def _present_late(payment: Payment, capture_id: str, arguments: Arguments, stamp: Stamp) -> Change:
    state = state_of(payment)
    _check_not_presented(state, capture_id, stamp.at)
    days = int(arguments["days"])
    if days > MAX_DAYS:
        raise Refused(Code.PARAMETER_INVALID, f"It must be at most {MAX_DAYS}.", "days")
    operation = PresentmentDelayed(
        id=stamp.operation_id(ids.PRESENTMENT, payment.id),
        request_id=stamp.request_id,
        at=stamp.at,
        contract=stamp.contract,
        source=stamp.source,
        capture_id=capture_id,
        until=stamp.at + timedelta(days=days),
    )
    return _unless_taken(_change(payment, operation, {}), payment)


def _can_be_late(payment: Payment, state: State, capture_id: str) -> bool:
    line = state.lines[capture_id]
    return line.presented_at is None and not _may_be_taken(payment, line)


# A batch records what it took on the payment only after it has been paid out. A night's batch takes the captures of
# days that have ended, with which captures stop failing. Any other batch marks the payment before it takes them.


def may_still_fail(payment: Payment, line_ids: Collection[str], cutoff: datetime) -> bool:
    """Whether a step could take back one of these lines after a batch with this cut-off has taken them.

    A capture fails before its day has ended; by plan, also later, if the sweep that performs it is late.
    """
    if payment.presented_until is not None and payment.presented_until >= cutoff:
        return False
    planned = {operation.id for operation in payment.operations for timer in operation.timers if timer.step == _FAIL}
    captures = {
        line_id: line
        for line_id, line in state_of(payment).lines.items()
        if line_id in line_ids and line.kind is LineKind.CAPTURE and line.batch is None
    }
    return any(line_id in planned or cutoff < _day_ends(line) for line_id, line in captures.items())


def _day_ends(line: SettlementLine) -> datetime:
    """Return the end of the day on which a line is presented. Its last moment is midnight."""
    presented = (line.presented_at or line.at) - timedelta(microseconds=1)
    return datetime.combine(presented.astimezone(UTC).date() + timedelta(days=1), time.min, UTC)


def _may_be_taken(payment: Payment, line: SettlementLine) -> bool:
    """Whether a batch has marked the payment to take this line."""
    until = payment.presented_until
    return until is not None and (line.presented_at or line.at) <= until


def _unless_taken(change: Change, payment: Payment) -> Change:
    """Let the rule run again if a batch marks the payment before the change is recorded."""
    until = payment.presented_until
    known = (
        Guard(_PRESENTED, "=", format_timestamp(until), None) if until else Guard(_PRESENTED, "not_exists", None, None)
    )
    return replace(change, guards=(*change.guards, known))


def _check_not_presented(state: State, capture_id: str, now: datetime) -> None:
    """Refuse a step of a capture whose day has ended: a night's batch may have taken it."""
    if now >= _day_ends(state.lines[capture_id]):
        detail = "The capture was presented to the network at the end of its day."
        raise NotPossible(capture_id, detail, without=(_FAIL, _PRESENT_LATE))


# --- the table --------------------------------------------------------------------------------------------------------


def _change(payment: Payment, operation: Operation, assign: Mapping[Path, Value]) -> Change:
    return Change(
        payment_id=payment.id,
        merchant=payment.merchant,
        operation=operation,
        guards=(Guard(VERSION, "=", payment.version, None),),
        assign=assign,
    )


def _count(payment: Payment, kind: type[Operation]) -> int:
    return sum(isinstance(operation, kind) for operation in payment.operations)


_APPROVE: Final = "approve"
_FAIL: Final = "fail"
_PRESENT_LATE: Final = "present_late"
_HELD: Final = (Status.APPROVED, Status.PARTIALLY_CAPTURED, Status.PARTIALLY_REFUNDED, Status.REFUNDED)
_CAPTURED: Final = (Status.PARTIALLY_CAPTURED, Status.CAPTURED, Status.PARTIALLY_REFUNDED, Status.REFUNDED)

ACTIONS: Final = (
    Action(
        kind=Kind.PAYMENT,
        name=_APPROVE,
        description="The bank approves: an attempt that it has not answered, or, late, one that it declined.",
        statuses=(Status.PROCESSING, Status.DECLINED),
        possible=_can_approve,
        decide=_approve,
    ),
    Action(
        kind=Kind.PAYMENT,
        name="decline",
        description="The bank declines an attempt that it has not answered.",
        statuses=(Status.PROCESSING,),
        possible=_can_decline,
        decide=_decline,
        parameters=(
            Parameter(
                name="code",
                description="The decline code (default: the planned one, or `generic_decline`).",
                choices=tuple(BY_DECLINE_CODE),
            ),
        ),
    ),
    Action(
        kind=Kind.PAYMENT,
        name="expire",
        description="The hold expires, or the cardholder does not answer the 3-D Secure challenge in time.",
        statuses=(*_HELD, Status.REQUIRES_ACTION),
        possible=_can_expire,
        decide=_expire,
    ),
    Action(
        kind=Kind.PAYMENT,
        name="reverse",
        description="The bank reverses the authorization: it releases all or part of the uncaptured amount.",
        statuses=_HELD,
        possible=_can_reverse,
        decide=_reverse,
        parameters=(
            Parameter(name="amount", description="The amount in minor units (default: all of it).", minimum=1),
        ),
    ),
    Action(
        kind=Kind.PAYMENT,
        name="fraud_warning",
        description="The bank warns that the last capture may be disputed as fraud. No money moves.",
        statuses=_CAPTURED,
        possible=_can_warn,
        decide=_warn,
    ),
    Action(
        kind=Kind.CAPTURE,
        name=_FAIL,
        description="The network rejects the capture, on the day on which it is presented. Its amount is held again.",
        statuses=("captured",),
        possible=_can_fail,
        decide=_fail,
    ),
    Action(
        kind=Kind.CAPTURE,
        name=_PRESENT_LATE,
        description="The capture is presented to the network later, and settled in a later batch.",
        statuses=("captured",),
        possible=_can_be_late,
        decide=_present_late,
        parameters=(
            Parameter(name="days", description=f"How many days later, from 1 to {MAX_DAYS}.", required=True, minimum=1),
        ),
    ),
)
