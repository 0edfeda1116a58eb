"""A payment, a capture, a refund and a dispute in each status: what the actions of the simulation table begin from.

    payment, object_id = simulated.sample(Kind.REFUND, "pending")

All of them are consistent: `audit` finds nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from paysandbox.payments.change import Change
from paysandbox.payments.disputes.dispute import DisputeStatus
from paysandbox.payments.operations.authorization_pending import AuthorizationPending
from paysandbox.payments.operations.capture_failed import CaptureFailed
from paysandbox.payments.operations.challenge_requested import ChallengeRequested
from paysandbox.payments.operations.expiry import Expiry
from paysandbox.payments.operations.refund_updated import RefundUpdated
from paysandbox.payments.operations.reversal import Reversal
from paysandbox.payments.operations.settlement import Settled
from paysandbox.payments.payment import CONTRACT, Payment, Status
from paysandbox.payments.refund_status import RefundStatus
from paysandbox.payments.rules.capture import capture
from paysandbox.payments.rules.expiry import expire
from paysandbox.payments.rules.refund import refund as refund_rule
from paysandbox.payments.rules.void import void
from paysandbox.payments.simulated_action import Action, Kind
from tests.support.builders import build, disputes, intents
from tests.support.builders.build import HOUR, MONDAY, PAYMENT_ID

CAPTURE: Final = build.operation_id("cap", 1)
REFUND: Final = build.operation_id("ref", 2)
AMOUNT: Final = 10_00

Sample = tuple[Payment, str]
"""A payment, and the ID of the payment, capture, refund or dispute that has the status."""


def sample(kind: Kind, status: str) -> Sample:
    """Return a payment with an object of this kind in this status, and the object's ID."""
    return SAMPLES[kind, status]()


def _common(operation_id: str, at: datetime = MONDAY) -> dict[str, Any]:
    return {"id": operation_id, "request_id": "request-of-sample", "at": at, "contract": CONTRACT}


def _changed(payment: Payment, *changes: Change) -> Payment:
    for change in changes:
        if not change.fits(payment):
            raise AssertionError(f"{change} does not fit")
        payment = change.apply(payment)
    return payment


def _unanswered(begun: type[AuthorizationPending | ChallengeRequested], **own: Any) -> Payment:
    approved = build.authorized(AMOUNT)
    answer: dict[str, Any] = {"card": build.card(), "response": build.response(), "amount": AMOUNT, "approved": AMOUNT}
    first = begun(**_common(PAYMENT_ID), **answer, **own)
    return replace(approved, operations=(first,), remaining=None, due_at=None)


def _captured(amount: int | None = None) -> Payment:
    payment = build.authorized(AMOUNT)
    change = capture(payment.id, payment.merchant, build.capture(1), amount=amount, currency=None)
    return _changed(payment, change)


def _voided() -> Payment:
    payment = build.authorized(AMOUNT)
    return _changed(payment, void(payment.id, payment.merchant, build.void()))


def _expired() -> Payment:
    payment = build.authorized(AMOUNT)
    at = payment.capture_before
    expiry = Expiry(**_common(build.operation_id("exp", 1), at))
    return _changed(payment, expire(payment.id, payment.merchant, expiry))


def _reversed() -> Payment:
    payment = build.authorized(AMOUNT)
    reversal = Reversal(**_common(build.operation_id("rvl", 1)))
    change = Change(
        payment_id=payment.id,
        merchant=payment.merchant,
        operation=reversal,
        guards=(),
        assign={("amounts", reversal.id): AMOUNT, ("remaining",): 0},
        remove=(("due_at",),),
    )
    return _changed(payment, change)


def _refunded(amount: int | None = None, *, captured: int | None = None) -> Payment:
    payment = _captured(captured)
    refund = build.refund(2, of=CAPTURE)
    return _changed(payment, refund_rule(payment.id, payment.merchant, refund, amount=amount, currency=None))


def _settled(payment: Payment, *line_ids: str) -> Payment:
    settlement = build.settlement(*(Settled(of, 0) for of in line_ids))
    operations = (*payment.operations, settlement)
    return replace(payment, operations=operations, version=payment.version + 1, due_at=None, unsettled_since=None)


def _capture_failed() -> Payment:
    payment = _captured()
    failed = CaptureFailed(**_common(build.operation_id("cpf", 1)), capture_id=CAPTURE)
    change = Change(
        payment_id=payment.id,
        merchant=payment.merchant,
        operation=failed,
        guards=(),
        assign={("amounts", failed.id): AMOUNT, ("remaining",): AMOUNT, ("refundable",): 0},
        remove=(("unsettled_since",),),
    )
    return replace(_changed(payment, change), captures={}, due_at=payment.capture_before)


def _refund_pending(*statuses: RefundStatus) -> Payment:
    """A refund of 4.00 that takes time, in the last of these statuses."""
    payment = _captured()
    refund = replace(build.refund(2, of=CAPTURE), pending=True)
    payment = replace(
        payment,
        operations=(*payment.operations, refund),
        version=payment.version + 1,
        refundable=AMOUNT - 4_00,
        captures={CAPTURE: AMOUNT - 4_00},
        amounts={**payment.amounts, refund.id: 4_00},
        pending_refunds={refund.id: 4_00},
    )
    for number, status in enumerate(statuses, start=3):
        update = RefundUpdated(**_common(build.operation_id("rfu", number)), refund_id=REFUND, status=status)
        payment = replace(payment, operations=(*payment.operations, update), version=payment.version + 1)
        if status is not RefundStatus.REQUIRES_ACTION:
            payment = replace(payment, pending_refunds={})
        if status in (RefundStatus.FAILED, RefundStatus.CANCELED):
            payment = replace(payment, refundable=AMOUNT, captures={CAPTURE: AMOUNT})
    return payment


_PAYMENTS: Final[Mapping[Status, Callable[[], Payment]]] = {
    Status.PENDING: lambda: intents.opened(AMOUNT),
    Status.REQUIRES_ACTION: lambda: _unanswered(ChallengeRequested, base_url=""),
    Status.PROCESSING: lambda: _unanswered(AuthorizationPending),
    Status.DECLINED: lambda: build.authorized(AMOUNT, declined=build.decline()),
    Status.APPROVED: lambda: build.authorized(AMOUNT),
    Status.PARTIALLY_CAPTURED: lambda: _captured(4_00),
    Status.CAPTURED: _captured,
    Status.VOIDED: _voided,
    Status.EXPIRED: _expired,
    Status.REVERSED: _reversed,
    # Of both, the rest is still held.
    Status.PARTIALLY_REFUNDED: lambda: _refunded(1_00, captured=4_00),
    Status.REFUNDED: lambda: _refunded(captured=4_00),
}
_CAPTURES: Final[Mapping[str, Callable[[], Payment]]] = {
    "captured": _captured,
    "settled": lambda: _settled(_captured(), CAPTURE),
    "failed": _capture_failed,
}
_REFUNDS: Final[Mapping[RefundStatus, Callable[[], Payment]]] = {
    RefundStatus.PENDING: _refund_pending,
    RefundStatus.REQUIRES_ACTION: lambda: _refund_pending(RefundStatus.REQUIRES_ACTION),
    RefundStatus.SUCCEEDED: lambda: _refunded(4_00),
    RefundStatus.FAILED: lambda: _refund_pending(RefundStatus.FAILED),
    RefundStatus.CANCELED: lambda: _refund_pending(RefundStatus.CANCELED),
}
_DISPUTES: Final[Mapping[DisputeStatus, Payment]] = {
    DisputeStatus.WARNING_NEEDS_RESPONSE: disputes.INQUIRED,
    DisputeStatus.WARNING_UNDER_REVIEW: disputes.INQUIRY_REVIEWED,
    DisputeStatus.WARNING_CLOSED: disputes.INQUIRY_CLOSED,
    DisputeStatus.NEEDS_RESPONSE: disputes.NEEDS_RESPONSE,
    DisputeStatus.UNDER_REVIEW: disputes.UNDER_REVIEW,
    DisputeStatus.WON: disputes.WON,
    DisputeStatus.LOST: disputes.LOST,
}


def _of(object_id: str, make: Callable[[], Payment]) -> Callable[[], Sample]:
    return lambda: (make(), object_id)


SAMPLES: Final[Mapping[tuple[Kind, str], Callable[[], Sample]]] = {
    **{(Kind.PAYMENT, str(status)): _of(PAYMENT_ID, make) for status, make in _PAYMENTS.items()},
    **{(Kind.CAPTURE, status): _of(CAPTURE, make) for status, make in _CAPTURES.items()},
    **{(Kind.REFUND, str(status)): _of(REFUND, make) for status, make in _REFUNDS.items()},
    **{
        (Kind.DISPUTE, str(status)): _of(disputes.latest(payment).id, lambda payment=payment: payment)
        for status, payment in _DISPUTES.items()
    },
}
"""By kind and status."""

ONE_OF_EACH_KIND: Final = [*{kind: (kind, status) for kind, status in SAMPLES}.values()]
"""The last of each."""

LATER: Final = MONDAY + HOUR
"""When the steps happen: on the same day, so that no settlement has taken a capture."""


def arguments(action: Action) -> dict[str, Any]:
    """Return a value for each required parameter of an action, which fits the samples."""
    return {each.name: each.choices[0] if each.choices else each.minimum for each in action.parameters if each.required}
