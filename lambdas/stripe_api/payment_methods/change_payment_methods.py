"""Payment methods: routes that update, attach and detach them."""

from datetime import datetime
from functools import partial

from paysandbox.core import ids
from paysandbox.http.answer import Body
from paysandbox.payments.idempotency import run_idempotent
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.payment_methods.attachable import attachable
from paysandbox.stripe_api.payment_methods.attaching import NOT_ATTACHED, attach, detach
from paysandbox.stripe_api.payment_methods.refusals import of_an_intent
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import AttachPaymentMethod, DetachPaymentMethod, UpdatePaymentMethod
from paysandbox.stripe_api.resource_kit.operations import Request, update
from paysandbox.stripe_api.resource_kit.tables import objects_table
from paysandbox.stripe_api.resources.payment_methods import OF_NO_CUSTOMER, PAYMENT_METHODS
from paysandbox.stripe_api.routes import ATTACH_PAYMENT_METHOD, DETACH_PAYMENT_METHOD, UPDATE_PAYMENT_METHOD


@stripe_endpoint(UPDATE_PAYMENT_METHOD)
def update_payment_method(call: StripeCall[UpdatePaymentMethod, None]) -> StripeAnswer:
    """POST /v1/payment_methods/{id}: update a customer's payment method.

    A read, an idempotency record, a read of the customer, and one conditional put.
    """
    with of_an_intent(call.path["id"], OF_NO_CUSTOMER):
        return update(Request(RESOURCES, PAYMENT_METHODS, call))


@stripe_endpoint(ATTACH_PAYMENT_METHOD)
def attach_payment_method(call: StripeCall[AttachPaymentMethod, None]) -> StripeAnswer:
    """POST /v1/payment_methods/{id}/attach: attach a payment method to a customer.

    An idempotency record, reads of both, and one transaction. One that paid is read with its payment.
    """
    request = Request(RESOURCES, PAYMENT_METHODS, call)
    tree = request.expanded(call.body.expand)

    def act(operation_id: str, at: datetime) -> StoredObject:
        cause = request.cause(operation_id, at)
        find = partial(attachable, call.merchant, call.path["id"], cause)
        return attach(objects_table(), find, call.body.customer, cause)

    stored, replayed = run_idempotent(call, ids.METHOD, act)
    (body,) = request.rendered([stored], tree)
    return _answer(body, stored, "attached", replayed=replayed)


@stripe_endpoint(DETACH_PAYMENT_METHOD)
def detach_payment_method(call: StripeCall[DetachPaymentMethod, None]) -> StripeAnswer:
    """POST /v1/payment_methods/{id}/detach: detach a payment method from its customer, for ever.

    An idempotency record, reads of both, and one transaction.
    """
    request, name = Request(RESOURCES, PAYMENT_METHODS, call), call.path["id"]
    tree = request.expanded(call.body.expand)

    def act(operation_id: str, at: datetime) -> StoredObject:
        cause = request.cause(operation_id, at)
        return detach(objects_table(), call.merchant, name, cause, only_of=call.of_customer)

    with of_an_intent(name, NOT_ATTACHED):
        stored, replayed = run_idempotent(call, ids.METHOD, act)
    (body,) = request.rendered([stored], tree)
    return _answer(body, stored, "detached", replayed=replayed)


def _answer(body: Body, stored: StoredObject, outcome: str, *, replayed: bool) -> StripeAnswer:
    return StripeAnswer(
        body=body,
        replayed=replayed,
        first_request=stored.changed_by.request_id,
        transaction_id=stored.id,
        outcome=outcome,
    )
