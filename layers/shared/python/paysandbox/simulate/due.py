"""What is due on a payment, by its operations alone: the steps of their timers, and the expiry of its hold."""

from datetime import datetime
from typing import Final

from paysandbox.core import ids
from paysandbox.core.record import record
from paysandbox.payments.payment import Payment
from paysandbox.payments.rules.expiry import expires_at
from paysandbox.payments.timers.steps import open_timers

OF_PAYMENT: Final = (ids.CAPTURE, ids.REFUND, ids.DISPUTE)
"""The objects of a payment to which something happens, by the kind of their IDs."""


@record(kw_only=True)
class DueStep:
    """An action that happens to an object, which may be a disbursement, at a time (UTC). `value` is its argument."""

    object_id: str
    action: str
    at: datetime
    value: str | None = None


def due_steps(payment: Payment) -> list[DueStep]:
    """Return what is due on a payment and its objects, if nothing else happens before. Earliest first.

    Of two times for the same action, only the first is due: a hold expires once.
    """
    steps = [
        DueStep(object_id=shown_object(payment.id, timer.object_id), action=timer.step, at=timer.at, value=timer.value)
        for timer in open_timers(payment)
    ]
    expiry = expires_at(payment)
    if expiry is not None:
        steps.append(DueStep(object_id=payment.id, action="expire", at=expiry))
    first: dict[tuple[str, str], DueStep] = {}
    for step in sorted(steps, key=lambda step: step.at):
        first.setdefault((step.object_id, step.action), step)
    return [*first.values()]


def shown_object(payment_id: str, object_id: str) -> str:
    """Return what the object of a timer is shown as: a capture, refund or dispute itself, an attempt as its payment."""
    return object_id if ids.kind_of(object_id) in OF_PAYMENT else payment_id
