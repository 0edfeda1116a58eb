"""Stripe's Refund: a refund of captured money. Other objects appear as IDs."""

import json
from typing import Final

from paysandbox.http.answer import Body
from paysandbox.payments.operation import Refund
from paysandbox.stripe_api.ids import charge_id, intent_id, refund_id
from paysandbox.stripe_api.method import method_at
from paysandbox.stripe_api.payment_snapshot import PaymentSnapshot

REASONS: Final = ("duplicate", "fraudulent", "requested_by_customer")
"""Stripe's reasons. A refund from another API with any other reason shows none."""


def refund_body(snapshot: PaymentSnapshot, operation_id: str) -> Body:
    """Return the Refund of an operation. Raises AssertionError for an operation that is not a refund."""
    step = snapshot.step(operation_id)
    refund, approved = step.operation, snapshot.approved
    if not isinstance(refund, Refund) or approved is None:
        raise AssertionError(f"{operation_id} is not a refund")
    return {
        "id": refund_id(refund.id),
        "object": "refund",
        "amount": step.amount,
        "balance_transaction": None,
        "charge": charge_id(approved.id),
        "created": int(refund.at.timestamp()),
        "currency": snapshot.payment.currency.lower(),
        "customer": None,
        "customer_account": None,
        "destination_details": {"card": {"type": "refund"}, "type": "card"},
        "metadata": json.loads(refund.metadata) if refund.metadata else {},
        "payment_intent": intent_id(snapshot.payment.id),
        "payment_method": method_at(snapshot, approved).id,
        "reason": refund.reason if refund.reason in REASONS else None,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }
