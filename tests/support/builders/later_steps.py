"""Payments to which a bank, the network or the cardholder did something later, one for each kind of operation."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from paysandbox.payments.bank.authentication_result import AuthenticationResult
from paysandbox.payments.bank.response import Response
from paysandbox.payments.operations.authentication import Authentication
from paysandbox.payments.operations.authorization import Authorization, authorization_of
from paysandbox.payments.operations.authorization_pending import AuthorizationPending
from paysandbox.payments.operations.capture_failed import CaptureFailed
from paysandbox.payments.operations.challenge_requested import ChallengeRequested
from paysandbox.payments.operations.fraud_warning import FraudWarning
from paysandbox.payments.operations.increment import Increment
from paysandbox.payments.operations.presentment_delayed import PresentmentDelayed
from paysandbox.payments.operations.refund import Refund
from paysandbox.payments.operations.refund_updated import RefundUpdated
from paysandbox.payments.operations.reversal import Reversal
from paysandbox.payments.payment import CONTRACT, AuthorizationBegun, Operation, Payment, Timer
from paysandbox.payments.refund_status import RefundStatus
from tests.support.builders import build
from tests.support.builders.build import HOUR, MONDAY

LATER: Final = MONDAY + HOUR
CAPTURE_ID: Final = build.operation_id("cap", 1)
REFUND_ID: Final = build.operation_id("ref", 2)
DECLINED: Final = Response("51", build.decline())


def _stamp(kind: str, number: int = 9, **more: Any) -> dict[str, Any]:
    shared = {"id": build.operation_id(kind, number), "request_id": "request-later", "at": LATER, "contract": CONTRACT}
    return shared | more


def begun(kind: type[AuthorizationBegun], *, timers: tuple[Timer, ...] = (), **own: Any) -> Payment:
    """Return a payment of 10.00 whose first attempt has no answer yet."""
    approved = build.authorized(10_00)
    first = authorization_of(approved)
    attempt = kind(
        id=approved.id,
        request_id=first.request_id,
        at=first.at,
        contract=CONTRACT,
        timers=timers,
        card=first.card,
        response=first.response,
        amount=10_00,
        approved=10_00,
        **own,
    )
    until = max((timer.at for timer in timers), default=None)
    return replace(approved, operations=(attempt,), remaining=None, due_at=None, open_until=until)


def then(
    payment: Payment, *operations: Operation, amounts: Mapping[str, int] | None = None, **counters: Any
) -> Payment:
    """Return the payment after more operations, with the counters that they change."""
    done = (*payment.operations, *operations)
    changed = {"operations": done, "version": len(done), "amounts": {**payment.amounts, **(amounts or {})}}
    return replace(payment, **changed, **counters)


CHALLENGED: Final = begun(
    ChallengeRequested,
    timers=(Timer(step="expire", at=LATER),),
    base_url="",
    return_url="https://shop.example/done",
)
PENDING: Final = begun(AuthorizationPending, timers=(Timer(step="decline", at=LATER, value="insufficient_funds"),))


def authenticated(result: AuthenticationResult, *, failed: bool = False) -> Authentication:
    """Return the result of the challenge."""
    return Authentication(**_stamp("tds"), challenge_id=CHALLENGED.id, result=result, failed=failed)


def answered(response: Response, **more: Any) -> Authorization:
    """Return the bank's answer to an attempt that had none."""
    card = authorization_of(build.authorized(10_00)).card
    return Authorization(**_stamp("att", **more), card=card, response=response)


_AUTHENTICATED: Final = AuthenticationResult.AUTHENTICATED
_APPROVED_LATER: Final = {"amounts": {build.operation_id("att", 9): 10_00}, "remaining": 10_00}

NOT_AUTHENTICATED: Final = then(CHALLENGED, authenticated(AuthenticationResult.FAILED, failed=True))
AUTHENTICATED: Final = then(
    CHALLENGED,
    authenticated(_AUTHENTICATED),
    answered(Response(), authentication=_AUTHENTICATED, source="simulated"),
    **_APPROVED_LATER,
)
DECOUPLED: Final = then(CHALLENGED, authenticated(AuthenticationResult.DECOUPLED))
DECLINED_LATER: Final = then(PENDING, answered(DECLINED), amounts=_APPROVED_LATER["amounts"])
APPROVED_LATE: Final = then(build.authorized(10_00, declined=build.decline()), answered(Response()), **_APPROVED_LATER)

CAPTURED: Final = build.lived(10_00, captures=[4_00])
_REFUNDED: Final = build.lived(10_00, captures=[4_00], refunds=[(1, 1_00)])

CAPTURE_FAILED: Final = then(
    CAPTURED,
    CaptureFailed(**_stamp("cpf"), capture_id=CAPTURE_ID),
    amounts={build.operation_id("cpf", 9): 4_00},
    remaining=10_00,
    refundable=0,
    captures={},
    unsettled_since=None,
    due_at=CAPTURED.created_at,
)
DELAYED: Final = then(
    CAPTURED, PresentmentDelayed(**_stamp("prs"), capture_id=CAPTURE_ID, until=LATER + timedelta(days=3))
)
WARNED: Final = then(CAPTURED, FraudWarning(**_stamp("efw"), capture_id=CAPTURE_ID))
REVERSED: Final = then(
    build.authorized(10_00), Reversal(**_stamp("rvl")), amounts={build.operation_id("rvl", 9): 10_00}, remaining=0
)
REVERSED_PARTLY: Final = then(
    build.authorized(10_00), Reversal(**_stamp("rvl")), amounts={build.operation_id("rvl", 9): 3_00}, remaining=7_00
)

INCREMENTED: Final = then(
    build.authorized(10_00),
    Increment(**_stamp("inc"), response=Response()),
    amounts={build.operation_id("inc", 9): 5_00},
    remaining=15_00,
)
INCREMENT_DECLINED: Final = then(
    build.authorized(10_00),
    Increment(**_stamp("inc"), response=DECLINED),
    amounts={build.operation_id("inc", 9): 5_00},
)

REFUND_PENDING: Final = then(
    CAPTURED,
    Refund(**_stamp("ref", 2), capture_id=CAPTURE_ID, pending=True),
    amounts={REFUND_ID: 1_00},
    refundable=3_00,
    captures={CAPTURE_ID: 3_00},
    pending_refunds={REFUND_ID: 1_00},
)


def updated(status: RefundStatus, reason: str | None = None) -> RefundUpdated:
    """Return what became of the refund."""
    return RefundUpdated(**_stamp("rfu"), refund_id=REFUND_ID, status=status, reason=reason)


_GIVEN_BACK: Final[dict[str, Any]] = {"refundable": 4_00, "captures": {CAPTURE_ID: 4_00}}

REFUND_WAITS: Final = then(REFUND_PENDING, updated(RefundStatus.REQUIRES_ACTION))
REFUND_SUCCEEDED: Final = then(REFUND_PENDING, updated(RefundStatus.SUCCEEDED), pending_refunds={})
REFUND_FAILED: Final = then(
    REFUND_PENDING, updated(RefundStatus.FAILED, "insufficient_funds"), pending_refunds={}, **_GIVEN_BACK
)
REFUND_CANCELED: Final = then(REFUND_PENDING, updated(RefundStatus.CANCELED), pending_refunds={}, **_GIVEN_BACK)
REFUND_FAILED_AFTERWARDS: Final = then(
    _REFUNDED, updated(RefundStatus.FAILED, "expired_or_canceled_card"), **_GIVEN_BACK
)

EACH: Final[Mapping[str, Payment]] = {
    "challenged": CHALLENGED,
    "authenticated": AUTHENTICATED,
    "not authenticated": NOT_AUTHENTICATED,
    "decoupled": DECOUPLED,
    "pending": PENDING,
    "declined later": DECLINED_LATER,
    "approved late": APPROVED_LATE,
    "capture failed": CAPTURE_FAILED,
    "presented late": DELAYED,
    "fraud warning": WARNED,
    "reversed": REVERSED,
    "reversed partly": REVERSED_PARTLY,
    "incremented": INCREMENTED,
    "increment declined": INCREMENT_DECLINED,
    "refund pending": REFUND_PENDING,
    "refund waits": REFUND_WAITS,
    "refund succeeded": REFUND_SUCCEEDED,
    "refund failed": REFUND_FAILED,
    "refund canceled": REFUND_CANCELED,
    "refund failed afterwards": REFUND_FAILED_AFTERWARDS,
}
