"""Stripe's EarlyFraudWarning: the card's bank says that a charge may be fraudulent. Other objects appear as IDs."""

from typing import Final

from paysandbox.http.answer import Body
from paysandbox.payments.operations.fraud_warning import FraudWarning
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.ids import charge_id, fraud_warning_id
from paysandbox.stripe_api.objects.payment_snapshot import PaymentSnapshot

_FRAUD_TYPE: Final = "unauthorized_use_of_card"
"""The same for every warning: a simulated bank gives no other."""


def fraud_warnings_of(payment: Payment) -> list[str]:
    """Return the operations of a payment that are warnings, newest first."""
    return [operation.id for operation in reversed(payment.operations) if isinstance(operation, FraudWarning)]


def fraud_warning_body(snapshot: PaymentSnapshot, operation_id: str) -> Body:
    """Return the EarlyFraudWarning of an operation. It is actionable until the charge is fully refunded.

    Raises AssertionError for an operation that is none.
    """
    step, approved, state = snapshot.step(operation_id), snapshot.approved, snapshot.state
    if not isinstance(step.operation, FraudWarning) or approved is None:
        raise AssertionError(f"{operation_id} is not a fraud warning")
    return {
        "id": fraud_warning_id(operation_id),
        "object": "radar.early_fraud_warning",
        "actionable": state.refunded + state.refund_pending < state.captured,
        "charge": charge_id(approved.id),
        "created": int(step.operation.at.timestamp()),
        "fraud_type": _FRAUD_TYPE,
        "livemode": False,
        "payment_intent": snapshot.intent,
    }
