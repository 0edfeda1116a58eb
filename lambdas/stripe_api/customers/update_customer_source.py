"""POST /v1/customers/{id}/sources/{source}: update a card of a customer."""

from paysandbox.core.record import replace
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.objects.stored_object import Cause, StoredObject
from paysandbox.stripe_api.payment_methods.attaching import SOURCE_NOUN
from paysandbox.stripe_api.payment_methods.sources import source_answer, updated_source
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import UpdateCustomerSource
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import Request, change_once
from paysandbox.stripe_api.resources.payment_methods import PAYMENT_METHODS
from paysandbox.stripe_api.routes import UPDATE_CUSTOMER_SOURCE


@stripe_endpoint(UPDATE_CUSTOMER_SOURCE)
def handler(call: StripeCall[UpdateCustomerSource, None]) -> StripeAnswer:
    """A read, an idempotency record, a read of the customer, and one conditional put."""
    request = Request(RESOURCES, replace(PAYMENT_METHODS, noun=SOURCE_NOUN), call, named_by="source")

    def change(current: StoredObject, cause: Cause) -> Stored:
        return updated_source(request, call.path["id"], current, cause)

    written = change_once(request, request.named(), change)
    return source_answer(call, written.stored, outcome="changed", replayed=written.replayed)
