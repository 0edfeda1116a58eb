"""What is due on a payment, by its operations alone: the steps of their timers, and the expiry of its hold."""

from dataclasses import dataclass
from datetime import datetime

from paysandbox.core import ids
from paysandbox.payments.payment import Payment
from paysandbox.payments.rules import expires_at
from paysandbox.payments.timer_steps import open_timers


@dataclass(frozen=True, slots=True, kw_only=True)
class DueStep:
    """An action that happens to an object (a payment, capture or refund) at a time (UTC). `value` is its argument."""

    object_id: str
    action: str
    at: datetime
    value: str | None = None


def due_steps(payment: Payment) -> list[DueStep]:
    """Return what is due on a payment and its captures and refunds, if nothing else happens before. Earliest first."""
    steps = [
        DueStep(object_id=_object_of(payment, timer.object_id), action=timer.step, at=timer.at, value=timer.value)
        for timer in open_timers(payment)
    ]
    expiry = expires_at(payment)
    if expiry is not None:
        steps.append(DueStep(object_id=payment.id, action="expire", at=expiry))
    return sorted(steps, key=lambda step: step.at)


def _object_of(payment: Payment, operation_id: str) -> str:
    """Return the object that an operation is shown as: a capture or refund itself, any other its payment."""
    return operation_id if ids.kind_of(operation_id) in (ids.CAPTURE, ids.REFUND) else payment.id
