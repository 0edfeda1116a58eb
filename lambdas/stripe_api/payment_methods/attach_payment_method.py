"""POST /v1/payment_methods/{id}/attach: attach a payment method to a customer."""

from datetime import datetime
from functools import partial

from paysandbox.core import ids
from paysandbox.payments.idempotency import run_idempotent
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.payment_methods.attachable import attachable
from paysandbox.stripe_api.payment_methods.attaching import attach
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import AttachPaymentMethod
from paysandbox.stripe_api.resource_kit.operations import Request
from paysandbox.stripe_api.resource_kit.tables import objects_table
from paysandbox.stripe_api.resources.payment_methods import PAYMENT_METHODS
from paysandbox.stripe_api.routes import ATTACH_PAYMENT_METHOD


@stripe_endpoint(ATTACH_PAYMENT_METHOD)
def handler(call: StripeCall[AttachPaymentMethod, None]) -> StripeAnswer:
    """An idempotency record, reads of both, and one transaction. One that paid is read with its payment."""
    request = Request(RESOURCES, PAYMENT_METHODS, call)
    tree = request.expanded(call.body.expand)

    def act(operation_id: str, at: datetime) -> StoredObject:
        cause = request.cause(operation_id, at)
        find = partial(attachable, call.merchant, call.path["id"], cause)
        return attach(objects_table(), find, call.body.customer, cause)

    stored, replayed = run_idempotent(call, ids.METHOD, act)
    (body,) = request.rendered([stored], tree)
    return StripeAnswer(
        body=body,
        replayed=replayed,
        first_request=stored.changed_by.request_id,
        transaction_id=stored.id,
        outcome="attached",
    )
