"""Sources: the route that updates one."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.objects.stored_object import Cause, StoredObject, changed
from paysandbox.stripe_api.payment_methods.sources import source_answer, source_object
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import UpdatePaymentMethod, UpdateSource
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import Request, change_once
from paysandbox.stripe_api.resource_kit.parameters import attributes_after
from paysandbox.stripe_api.resources.payment_methods import PAYMENT_METHODS
from paysandbox.stripe_api.routes import UPDATE_SOURCE


@stripe_endpoint(UPDATE_SOURCE)
def update_source(call: StripeCall[UpdateSource, None]) -> StripeAnswer:
    """POST /v1/sources/{id}: update whose source it is, or its metadata.

    A read, one of its customer if it has one, an idempotency record, and one conditional put.
    """
    body = call.body
    named = {"metadata": body.metadata, "billing_details": body.owner}
    sent = {name: value for name, value in named.items() if value is not None}
    parameters = UpdatePaymentMethod.model_construct(**sent)

    def change(current: StoredObject, cause: Cause) -> Stored:
        return (changed(current, attributes_after(PAYMENT_METHODS, current.attributes, parameters), cause),)

    request = Request(RESOURCES, PAYMENT_METHODS, call)
    written = change_once(request, source_object(call.merchant, call.path["id"]), change)
    return source_answer(call, written.stored, outcome="changed", replayed=written.replayed)
