"""The rules of payments with a plan: what falls due after their authorization and their captures.

Loaded only for such payments. A capture learns of the plan from the stored payment: its rule runs again with it.
"""

from datetime import datetime, timedelta
from typing import Any

from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.core.guard import Guard
from paysandbox.core.headers import OUTCOME_HEADER
from paysandbox.core.record import replace
from paysandbox.payments.bank.acquirer import Answer, Answered, AwaitsBank
from paysandbox.payments.bank.plan import DEFAULT_SECONDS, Plan, read_plan
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.operations.presentment_delayed import PresentmentDelayed
from paysandbox.payments.payment import Operation, Payment, Timer

NEVER = Guard(("version",), "<", 0, Code.CAPTURE_DECLINED)
"""A guard that no payment passes."""


def with_plan(payment: Payment, answer: Answer) -> Payment:
    """Return a payment that is about to be created, with the plan of the bank's answer and what falls due by it.

    Raises Refused(outcome_invalid) for a payment that is captured automatically, and whose captures are to be declined.
    """
    plan = read_plan(answer.plan) if answer.plan else Plan()
    if payment.automatic and plan.capture is not None and plan.capture.decline_code is not None:
        raise Refused(
            Code.OUTCOME_INVALID,
            "An automatic capture cannot be declined separately. Use capture=fail.",
            OUTCOME_HEADER,
        )
    payment = replace(payment, plan=answer.plan)
    operations: list[Operation] = []
    for operation in payment.operations:
        match operation:
            case Authorization() if operation.decline:
                due = due_timers(answer, operation.at) if isinstance(answer, Answered) else ()
                operations.append(replace(operation, timers=due))
            case Authorization():
                operations.append(replace(operation, timers=hold_timers(payment, operation.at)))
            case Capture():
                operations += planned_capture(operation, replace(payment, operations=tuple(operations)))
            case _:
                operations.append(operation)
    return replace(payment, operations=tuple(operations), version=len(operations))


def due_timers(answer: Answered | AwaitsBank, at: datetime) -> tuple[Timer, ...]:
    """Return what falls due by itself after an answer of the bank at `at`."""
    return tuple(
        Timer(step=step.name, at=at + timedelta(seconds=step.seconds), value=step.value) for step in answer.due
    )


def hold_timers(payment: Payment, at: datetime) -> tuple[Timer, ...]:
    """Return what falls due after an approval at `at`."""
    hold = read_plan(payment.plan).hold if payment.plan else None
    return (Timer(step=hold.step, at=at + timedelta(seconds=hold.seconds), of=payment.id),) if hold else ()


def declined_capture(plan: str) -> tuple[Guard, ...]:
    """Return the guard that no capture passes, if the plan declines captures."""
    capture = read_plan(plan).capture
    return (NEVER,) if capture and capture.decline_code is not None else ()


def planned_decline(payment: Payment) -> dict[str, Any]:
    """Return why the plan declines captures."""
    capture = read_plan(payment.plan).capture if payment.plan else None
    return {"decline_code": capture.decline_code if capture else None}


def planned_capture(capture: Capture, payment: Payment) -> tuple[Capture, *tuple[PresentmentDelayed, ...]]:
    """Return a capture of this payment with what falls due by the plan, and what is recorded in the same write.

    A capture that is going to fail is not presented before: no settlement batch takes it while its timer runs. Fraud
    warnings and disputes are of the first capture, or of the next one if that has failed.
    """
    plan = read_plan(payment.plan or "")
    is_first = not any(isinstance(operation, Capture) for operation in payment.operations)
    timers = list[Timer]()
    planned, until = plan.capture, None
    if planned is not None and planned.seconds is not None and (is_first or not planned.once):
        fails_at = capture.at + timedelta(seconds=planned.seconds)
        timers.append(Timer(step="fail", at=fails_at))
        until = fails_at + timedelta(hours=1)
    elif planned is not None and planned.days is not None:
        until = capture.at + timedelta(days=planned.days)
    is_only = not any(other != capture.id for other in payment.captures)
    if plan.fraud_warning and is_only:
        warned_at = capture.at + timedelta(seconds=DEFAULT_SECONDS)
        timers.append(Timer(step="fraud_warning", at=warned_at, of=payment.id))
    if plan.dispute is not None and is_only:
        disputed_at = capture.at + timedelta(seconds=plan.dispute.seconds)
        timers.append(Timer(step="dispute", at=disputed_at, of=payment.id, value=plan.dispute.value))
    capture = replace(capture, timers=tuple(timers))
    return (capture,) if until is None else (capture, _delayed(capture, payment.id, until))


def _delayed(capture: Capture, payment_id: str, until: datetime) -> PresentmentDelayed:
    suffix = ids.derive(ids.PRESENTMENT, capture.id, length=ids.SUFFIX_LENGTH)
    return PresentmentDelayed(
        id=ids.operation_id(ids.PRESENTMENT, payment_id, suffix),
        request_id=capture.request_id,
        at=capture.at,
        contract=capture.contract,
        source=capture.source,
        capture_id=capture.id,
        until=until,
    )
