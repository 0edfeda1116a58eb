"""Find the payment that a path names by its ID or that of one of its operations."""

from collections.abc import Mapping

from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.core import ids
from paysandbox.payments.ledger import store
from paysandbox.payments.payment import Payment
from paysandbox.payments.refusals import not_found


def existing_payment(ledger: Ledger, merchant: str, path: Mapping[str, str]) -> Payment:
    """Return the merchant's payment, with one consistent read. Raises Refused(resource_not_found)."""
    requested_id = path.get("transaction_id", "")
    payment_id = ids.payment_of(requested_id)
    payment = store.get_payment(ledger, payment_id) if payment_id else None
    if payment is None or payment.merchant != merchant:
        raise not_found()
    if requested_id not in {operation.id for operation in payment.operations}:
        raise not_found()
    return payment
