"""POST /v1/payment_methods/{id}/detach: detach a payment method from its customer, for ever."""

from datetime import datetime

from paysandbox.core import ids
from paysandbox.payments.idempotency import run_idempotent
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.payment_methods.attaching import NOT_ATTACHED, detach
from paysandbox.stripe_api.payment_methods.refusals import of_an_intent
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import DetachPaymentMethod
from paysandbox.stripe_api.resource_kit.operations import Request
from paysandbox.stripe_api.resource_kit.tables import objects_table
from paysandbox.stripe_api.resources.payment_methods import PAYMENT_METHODS
from paysandbox.stripe_api.routes import DETACH_PAYMENT_METHOD


@stripe_endpoint(DETACH_PAYMENT_METHOD)
def handler(call: StripeCall[DetachPaymentMethod, None]) -> StripeAnswer:
    """An idempotency record, reads of both, and one transaction."""
    request, name = Request(RESOURCES, PAYMENT_METHODS, call), call.path["id"]
    tree = request.expanded(call.body.expand)

    def act(operation_id: str, at: datetime) -> StoredObject:
        cause = request.cause(operation_id, at)
        return detach(objects_table(), call.merchant, name, cause, only_of=call.of_customer)

    with of_an_intent(name, NOT_ATTACHED):
        stored, replayed = run_idempotent(call, ids.METHOD, act)
    (body,) = request.rendered([stored], tree)
    return StripeAnswer(
        body=body,
        replayed=replayed,
        first_request=stored.changed_by.request_id,
        transaction_id=stored.id,
        outcome="detached",
    )
