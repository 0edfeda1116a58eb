"""The fields that every operation on a payment takes from the request that asks for it."""

from datetime import datetime
from typing import TypedDict

from paysandbox.payments.payment import CONTRACT
from paysandbox.stripe_api.call import AnyStripeCall


class OperationFields(TypedDict):
    """The fields that every operation of a request has."""

    id: str
    request_id: str
    at: datetime
    contract: int
    idempotency_key: str | None


def operation_fields(call: AnyStripeCall, operation_id: str) -> OperationFields:
    """Return the fields that every operation of this request has."""
    return {
        "id": operation_id,
        "request_id": call.request_id,
        "at": call.now,
        "contract": CONTRACT,
        "idempotency_key": call.caller_key,
    }
