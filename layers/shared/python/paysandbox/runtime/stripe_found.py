"""The payment behind an id of Stripe's form."""

from paysandbox.domain.payment import Payment
from paysandbox.runtime.effects import ledger
from paysandbox.runtime.request import Call
from paysandbox.table.payments import get_payment


def payment_with(call: Call, payment_id: str | None, operation_id: str | None) -> Payment | None:
    """The caller's payment of that id, if it has an operation of that id. None otherwise, and for no ids."""
    payment = get_payment(ledger(), payment_id) if payment_id else None
    if payment is None or payment.merchant != call.merchant:
        return None
    return payment if operation_id in {one.id for one in payment.operations} else None
