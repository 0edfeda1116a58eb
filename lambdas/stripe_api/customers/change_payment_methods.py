"""Customers: routes that save and update their cards."""

from paysandbox.core.record import replace
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.objects.stored_object import Cause, StoredObject
from paysandbox.stripe_api.payment_methods.attaching import SOURCE_NOUN
from paysandbox.stripe_api.payment_methods.new_source import save_source
from paysandbox.stripe_api.payment_methods.sources import source_answer, updated_source
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CreateCustomerSource, UpdateCustomerSource
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import Request, change_once
from paysandbox.stripe_api.resources.payment_methods import PAYMENT_METHODS
from paysandbox.stripe_api.routes import CREATE_CUSTOMER_CARD, CREATE_CUSTOMER_SOURCE, UPDATE_CUSTOMER_SOURCE


@stripe_endpoint(CREATE_CUSTOMER_SOURCE)
def create_customer_source(call: StripeCall[CreateCustomerSource, None]) -> StripeAnswer:
    """POST /v1/customers/{id}/sources: save a card for a customer, by its token or its number.

    An idempotency record, reads of card, token and customer, and one transaction, which uses the token.
    """
    return save_source(call)


@stripe_endpoint(CREATE_CUSTOMER_CARD)
def create_customer_card(call: StripeCall[CreateCustomerSource, None]) -> StripeAnswer:
    """POST /v1/customers/{id}/cards: the older path of `create_customer_source`.

    As for a source.
    """
    return save_source(call)


@stripe_endpoint(UPDATE_CUSTOMER_SOURCE)
def update_customer_source(call: StripeCall[UpdateCustomerSource, None]) -> StripeAnswer:
    """POST /v1/customers/{id}/sources/{source}: update a card of a customer.

    A read, an idempotency record, a read of the customer, and one conditional put.
    """
    request = Request(RESOURCES, replace(PAYMENT_METHODS, noun=SOURCE_NOUN), call, named_by="source")

    def change(current: StoredObject, cause: Cause) -> Stored:
        return updated_source(request, call.path["id"], current, cause)

    written = change_once(request, request.named(), change)
    return source_answer(call, written.stored, outcome="changed", replayed=written.replayed)
