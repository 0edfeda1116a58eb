"""What is due on a payment, by its operations alone: the steps of their timers, and the expiry of its hold."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from paysandbox.core import ids
from paysandbox.core.errors import Refused
from paysandbox.payments.operation import AuthorizationBegun
from paysandbox.payments.payment import Payment, state_of
from paysandbox.payments.rules import expires_at
from paysandbox.payments.simulation import allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class DueStep:
    """An action that happens to an object (a payment, capture or refund) at a time (UTC). `value` is its argument."""

    object_id: str
    action: str
    at: datetime
    value: str | None = None


def due_steps(payment: Payment) -> list[DueStep]:
    """Return what is due on a payment and its captures and refunds, if nothing else happens before. Earliest first."""
    steps = [*_of_timers(payment)]
    expiry = expires_at(payment)
    if expiry is not None:
        steps.append(DueStep(object_id=payment.id, action="expire", at=expiry))
    return sorted(steps, key=lambda step: step.at)


def _of_timers(payment: Payment) -> Iterator[DueStep]:
    """Yield the steps that are still possible. The timers of an attempt end with it."""
    open_attempt = state_of(payment).attempt
    for operation in payment.operations:
        if isinstance(operation, AuthorizationBegun) and (open_attempt is None or operation.id != open_attempt.id):
            continue
        for timer in operation.timers:
            object_id = object_of_operation(payment, timer.of or operation.id)
            recorded = any(
                is_step_of(payment, ids.timer_id(operation.id, timer.step), o.id) for o in payment.operations
            )
            if not recorded and timer.step in possible_names(payment, object_id):
                yield DueStep(object_id=object_id, action=timer.step, at=timer.at, value=timer.value)


def object_of_operation(payment: Payment, operation_id: str) -> str:
    """Return the object that an operation is shown as: a capture or refund itself, any other its payment."""
    return operation_id if ids.kind_of(operation_id) in (ids.CAPTURE, ids.REFUND) else payment.id


def possible_names(payment: Payment, object_id: str) -> list[str]:
    """Return the names of the actions that are possible now; none for an object that the payment does not have."""
    try:
        return [action.name for action in allowed(payment, object_id)]
    except Refused:
        return []


def is_step_of(payment: Payment, key: str, operation_id: str) -> bool:
    """Whether an operation belongs to the step with this key, from which `Stamp` derives the IDs."""
    kind = ids.kind_of(operation_id)
    if kind is None:
        return False
    suffix = ids.derive(kind, payment.id, key, length=ids.SUFFIX_LENGTH)
    return ids.operation_id(kind, payment.id, suffix) == operation_id
