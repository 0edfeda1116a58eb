"""Look up the payment behind one of Stripe's IDs."""

from paysandbox.aws.runtime import ledger
from paysandbox.core.ids import payment_of
from paysandbox.payments.ledger.store import get_payment
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.ids import (
    attempt_of_charge,
    operation_of_fraud_warning,
    operation_of_refund,
    payment_of_charge,
    payment_of_intent,
)
from paysandbox.stripe_api.objects.refund import refunds_of


def find_payment(call: AnyStripeCall, payment_id: str | None, operation_id: str | None) -> Payment | None:
    """Return the caller's payment with this ID if it has this operation. None otherwise, and for missing IDs."""
    payment = get_payment(ledger(), payment_id) if payment_id else None
    if payment is None or payment.merchant != call.merchant:
        return None
    return payment if operation_id in {operation.id for operation in payment.operations} else None


def find_charge(call: AnyStripeCall, name: str, param: str) -> tuple[Payment, Authorization]:
    """Return the caller's payment and the attempt of a charge's ID. Raises Refused(resource_not_found)."""
    payment, attempt = find_attempt(call, name)
    if payment is None or attempt is None:
        raise no_such("charge", name, param)
    return payment, attempt


def find_attempt(call: AnyStripeCall, name: str) -> tuple[Payment | None, Authorization | None]:
    """Return the caller's payment and the attempt of a charge's ID, None for what is not there.

    An intent's first operation is not an attempt.
    """
    attempt_id = attempt_of_charge(name)
    payment = find_payment(call, payment_of_charge(name), attempt_id)
    operations = payment.operations if payment else ()
    attempt = next((operation for operation in operations if operation.id == attempt_id), None)
    return payment, attempt if isinstance(attempt, Authorization) else None


def find_refund(call: AnyStripeCall, name: str, param: str) -> tuple[Payment, str]:
    """Return the caller's payment and the operation of a refund's ID. Raises Refused(resource_not_found)."""
    operation = operation_of_refund(name)
    payment = find_payment(call, payment_of(operation) if operation else None, operation)
    refund = refund_of(payment, name, call.stripe_version) if payment else None
    if payment is None or refund is None:
        raise no_such("refund", name, param)
    return payment, refund


def refund_of(payment: Payment, name: str, version: str) -> str | None:
    """Return the operation of a refund's ID, or None if the payment has no such refund in this version."""
    operation = operation_of_refund(name)
    return operation if operation in refunds_of(payment, version) else None


def find_fraud_warning(call: AnyStripeCall, name: str, param: str) -> tuple[Payment, str]:
    """Return the caller's payment and the operation of an early fraud warning's ID. Raises as `find_charge` does."""
    operation = operation_of_fraud_warning(name)
    payment = find_payment(call, payment_of(operation) if operation else None, operation)
    if payment is None or operation is None:
        raise no_such("early_fraud_warning", name, param)
    return payment, operation


def find_named(call: AnyStripeCall, charge: str | None, intent: str | None) -> Payment | None:
    """Return the caller's payment whose charge or intent a list is of. Raises Refused(resource_not_found).

    None for a charge that was declined: nothing follows from it.
    """
    if charge is not None:
        payment, attempt = find_charge(call, charge, "charge")
        return None if attempt.decline else payment
    return find_intent_named(call, intent or "")


def find_intent_named(call: AnyStripeCall, name: str) -> Payment:
    """Return the caller's payment whose intent a parameter names. Raises Refused(resource_not_found)."""
    payment_id = payment_of_intent(name)
    payment = find_payment(call, payment_id, payment_id)
    if payment is None or payment.is_charge:
        raise no_such("payment_intent", name, "payment_intent")
    return payment
