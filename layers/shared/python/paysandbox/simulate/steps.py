"""Find the object that an ID of either API names, and make something happen to it, once."""

from collections.abc import Mapping
from typing import Any, Final

from paysandbox.aws import runtime
from paysandbox.core import ids
from paysandbox.core.record import record, replace
from paysandbox.payments.change import Change
from paysandbox.payments.ledger import store
from paysandbox.payments.payment import Payment
from paysandbox.payments.refusals import not_found
from paysandbox.payments.simulated_action import Stamp, is_of_step
from paysandbox.payments.simulation import simulation
from paysandbox.payments.timers.timers import StoredTimer
from paysandbox.simulate.due import OF_PAYMENT, DueStep, shown_object
from paysandbox.stripe_api.ids import attempt_of_charge, operation_of_refund, payment_of_intent

_NAMED: Final = (ids.AUTHORIZATION, ids.ATTEMPT, *OF_PAYMENT)


@record
class Target:
    """An object that a merchant named: its payment, its own ID, and the operation that the payment must have.

    A dispute is none of the payment's operations. Whether the payment has it is checked with its status.
    """

    payment_id: str
    object_id: str
    operation_id: str


class _Recorded(Exception):  # noqa: N818 - it is no error
    """The step is recorded already."""

    def __init__(self, payment: Payment) -> None:
        super().__init__(payment.id)
        self.payment = payment


def find_target(text: str) -> Target:
    """Return what an ID names: `auth_`, `cap_`, `ref_` or `du_`, or `pi_`, `ch_` or `re_` of the Stripe-compatible API.

    A charge names its payment, and a dispute has the same ID in both APIs. Raises Refused(resource_not_found) for any
    other text.
    """
    operation_id = _native(text)
    payment_id, kind = ids.payment_of(operation_id), ids.kind_of(operation_id)
    if payment_id is None or kind not in _NAMED:
        raise not_found()
    object_id = operation_id if kind in OF_PAYMENT else payment_id
    return Target(payment_id, object_id, payment_id if kind == ids.DISPUTE else operation_id)


def _native(text: str) -> str:
    """Return the native ID of an object of the Stripe-compatible API. Other text is returned as it is.

    What a capture, void or expiry released is shown there as a refund. It is none, so it is not found here.
    """
    if (operation_id := operation_of_refund(text)) is not None:
        return operation_id if ids.kind_of(operation_id) == ids.REFUND else ""
    return payment_of_intent(text) or attempt_of_charge(text) or text


def check_owner(payment: Payment, target: Target, merchant: str) -> None:
    """Raise Refused(resource_not_found) unless this merchant's payment has the object."""
    if payment.merchant != merchant or target.operation_id not in {operation.id for operation in payment.operations}:
        raise not_found()


def waiting_step(timer: StoredTimer) -> DueStep:
    """Return the step of a timer. One that is about an attempt happens to its payment."""
    object_id = shown_object(timer.payment_id, timer.object_id)
    return DueStep(object_id=object_id, action=timer.step, at=timer.at, value=timer.value)


def perform(target: Target, merchant: str, action: str, arguments: Mapping[str, Any], stamp: Stamp) -> Payment:
    """Make an action happen to an object, and return the payment as of then.

    A step with this stamp that is recorded already is not repeated. Raises Refused as `simulation.step` does.
    """

    def decide(current: Payment) -> Change:
        check_owner(current, target, merchant)
        if _last_of(current, stamp) is not None:
            raise _Recorded(current)
        return simulation.step(current, target.object_id, action, arguments, stamp)

    try:
        payment = store.step_payment(runtime.ledger(), target.payment_id, decide)
    except _Recorded as recorded:
        payment = recorded.payment
    last = _last_of(payment, stamp)
    if last is None:
        raise AssertionError(f"{payment.id} has no operation of the step {stamp.key}")
    return replace(payment, operations=payment.operations[: last + 1])


def _last_of(payment: Payment, stamp: Stamp) -> int | None:
    """Return the place of the step's last operation, or None if the payment has none of it."""
    places = [at for at, operation in enumerate(payment.operations) if is_of_step(payment.id, stamp.key, operation.id)]
    return places[-1] if places else None
