"""The rule for authorizations: the payment that begins with what the bank answered."""

from datetime import datetime, timedelta

from paysandbox.core import ids
from paysandbox.core.amount_text import amount_with_code
from paysandbox.core.errors import Code, Refused
from paysandbox.core.idempotency_record import Fingerprint
from paysandbox.core.record import record, replace
from paysandbox.payments.bank.acquirer import Answer
from paysandbox.payments.bank.authentication_result import AuthenticationResult
from paysandbox.payments.bank.card import Card
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.payment import NO_ANNOTATIONS, Annotations, Operation, Payment


@record(kw_only=True)
class Order:
    """A merchant's authorization request."""

    merchant: str
    amount: int
    currency: str
    automatic: bool = False
    annotations: Annotations = NO_ANNOTATIONS


def order(
    *, merchant: str, amount: int, minimum_amount: int, currency: str, automatic: bool, annotations: Annotations
) -> Order:
    """Build an order. Raises Refused(amount_too_small) if the amount is below the environment's minimum."""
    check_minimum(amount, minimum_amount, currency)
    return Order(merchant=merchant, amount=amount, currency=currency, automatic=automatic, annotations=annotations)


def check_minimum(amount: int, minimum: int, currency: str) -> None:
    """Raise Refused(amount_too_small) for an amount below the environment's minimum (minor units)."""
    if amount < minimum:
        raise Refused(
            Code.AMOUNT_TOO_SMALL, f"The amount must be at least {amount_with_code(minimum, currency)}.", "amount"
        )


def authorize(
    order: Order,
    *,
    card: Card,
    answer: Answer,
    payment_id: str,
    request_id: str,
    fingerprint: Fingerprint,
    now: datetime,
    validity_s: int,
    retention_s: int,
    contract: int,
) -> Payment:
    """Build the payment for the bank's response. With automatic capture, it includes the capture.

    Its amount is the approved amount, which may be less than requested. A declined payment has no hold and no due time.
    """
    requested = order.amount if answer.amount != order.amount else None
    authorization = Authorization(
        id=payment_id,
        request_id=request_id,
        at=now,
        contract=contract,
        card=card,
        response=answer.response,
        requested=requested,
        authentication=AuthenticationResult.AUTHENTICATED if answer.frictionless else None,
    )
    payment = new_payment(
        order,
        (authorization,),
        authorized=answer.amount,
        fingerprint=fingerprint,
        validity_s=validity_s,
        retention_s=retention_s,
        has_hold=not authorization.decline and not order.automatic,
    )
    if authorization.decline or not order.automatic:
        return payment
    from paysandbox.payments.operations.capture import Capture  # an authorization loads its own kind alone

    suffix = ids.derive(payment_id, ids.CAPTURE, length=ids.SUFFIX_LENGTH)
    capture = Capture(
        id=ids.operation_id(ids.CAPTURE, payment_id, suffix), request_id=request_id, at=now, contract=contract
    )
    return replace(
        payment,
        operations=(authorization, capture),
        version=2,
        remaining=0,
        refundable=answer.amount,
        captures={capture.id: answer.amount},
        amounts={capture.id: answer.amount},
        due_at=now,
        unsettled_since=now,
    )


def new_payment(
    order: Order,
    operations: tuple[Operation, ...],
    *,
    authorized: int,
    fingerprint: Fingerprint,
    validity_s: int,
    retention_s: int,
    has_hold: bool = False,
) -> Payment:
    """Build the payment that begins with these operations. It has the ID and the time of the first.

    With a hold, all that is authorized remains to be captured, within `validity_s` seconds.
    """
    first = operations[0]
    capture_before = first.at + timedelta(seconds=validity_s)
    return Payment(
        id=first.id,
        merchant=order.merchant,
        currency=order.currency,
        authorized=authorized,
        capture_before=capture_before,
        created_at=first.at,
        fingerprint=fingerprint,
        operations=operations,
        version=len(operations),
        purge_at=int(first.at.timestamp()) + retention_s,
        remaining=authorized if has_hold else None,
        due_at=first.at if has_hold else None,
        automatic=order.automatic,
        annotations=order.annotations,
    )
