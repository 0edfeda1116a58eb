"""The rule for authorizations: the payment that begins with what the bank answered."""

from datetime import datetime, timedelta

from paysandbox.core import ids
from paysandbox.core.amount_text import amount_with_code
from paysandbox.core.errors import Code, Refused
from paysandbox.core.idempotency_record import Fingerprint
from paysandbox.core.record import record, replace
from paysandbox.payments.bank.acquirer import Answered
from paysandbox.payments.bank.authentication_result import AuthenticationResult
from paysandbox.payments.bank.card import Card
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.payment import NO_ANNOTATIONS, Annotations, Operation, Payment


@record(kw_only=True)
class Order:
    """A merchant's order to authorize an amount on a card, and what every payment records of it.

    A hold can be captured for `validity_s` seconds, and the payment is stored for `retention_s`.
    """

    merchant: str
    amount: int
    currency: str
    card: Card
    request_id: str
    at: datetime
    contract: int
    validity_s: int
    retention_s: int
    automatic: bool = False
    annotations: Annotations = NO_ANNOTATIONS


def check_minimum(amount: int, minimum: int, currency: str) -> None:
    """Raise Refused(amount_too_small) for an amount below the environment's minimum (minor units)."""
    if amount < minimum:
        raise Refused(
            Code.AMOUNT_TOO_SMALL, f"The amount must be at least {amount_with_code(minimum, currency)}.", "amount"
        )


def authorize(order: Order, answer: Answered, payment_id: str, fingerprint: Fingerprint) -> Payment:
    """Build the payment for the bank's response. With automatic capture, it includes the capture.

    Its amount is the approved amount, which may be less than requested. A declined payment has no hold and no due time.
    """
    requested = order.amount if answer.amount != order.amount else None
    authorization = Authorization(
        id=payment_id,
        request_id=order.request_id,
        at=order.at,
        contract=order.contract,
        card=order.card,
        response=answer.response,
        requested=requested,
        authentication=AuthenticationResult.AUTHENTICATED if answer.frictionless else None,
    )
    payment = new_payment(
        order,
        (authorization,),
        fingerprint,
        authorized=answer.amount,
        has_hold=not authorization.decline and not order.automatic,
    )
    if authorization.decline or not order.automatic:
        return payment
    from paysandbox.payments.operations.capture import Capture  # an authorization loads its own kind alone

    suffix = ids.derive(payment_id, ids.CAPTURE, length=ids.SUFFIX_LENGTH)
    capture = Capture(
        id=ids.operation_id(ids.CAPTURE, payment_id, suffix),
        request_id=order.request_id,
        at=order.at,
        contract=order.contract,
    )
    return replace(
        payment,
        operations=(authorization, capture),
        version=2,
        remaining=0,
        refundable=answer.amount,
        captures={capture.id: answer.amount},
        amounts={capture.id: answer.amount},
        due_at=order.at,
        unsettled_since=order.at,
    )


def new_payment(
    order: Order,
    operations: tuple[Operation, ...],
    fingerprint: Fingerprint,
    *,
    authorized: int,
    has_hold: bool = False,
) -> Payment:
    """Build the payment that begins with these operations. It has the ID of the first.

    With a hold, all that is authorized remains to be captured.
    """
    return Payment(
        id=operations[0].id,
        merchant=order.merchant,
        currency=order.currency,
        authorized=authorized,
        capture_before=order.at + timedelta(seconds=order.validity_s),
        created_at=order.at,
        fingerprint=fingerprint,
        operations=operations,
        version=len(operations),
        purge_at=int(order.at.timestamp()) + order.retention_s,
        remaining=authorized if has_hold else None,
        due_at=order.at if has_hold else None,
        automatic=order.automatic,
        annotations=order.annotations,
    )
