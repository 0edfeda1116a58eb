"""POST /v1/setup_intents/{id}: update a setup intent."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.objects.stored_object import Cause, StoredObject, changed
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import UpdateSetupIntent
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import Request, change_once
from paysandbox.stripe_api.resource_kit.parameters import attributes_after
from paysandbox.stripe_api.routes import UPDATE_SETUP_INTENT
from paysandbox.stripe_api.setup_intents.rules import check_method_can_change, with_method
from paysandbox.stripe_api.setup_intents.setup import (
    answered,
    check_named_customer,
    intent_in_refusals,
)
from paysandbox.stripe_api.setup_intents.setup_card import requested_card
from paysandbox.stripe_api.setup_intents.setup_intent_resource import SETUP_INTENT


@stripe_endpoint(UPDATE_SETUP_INTENT)
def handler(call: StripeCall[UpdateSetupIntent, None]) -> StripeAnswer:
    """A read, an idempotency record, and one conditional put, or a transaction with a payment method that is made. What
    is named is read first."""
    request = Request(RESOURCES, SETUP_INTENT, call)
    tree = request.expanded(call.body.expand)

    def change(current: StoredObject, cause: Cause) -> Stored:
        check_named_customer(call)
        attributes = attributes_after(SETUP_INTENT, current.attributes, call.body)
        card = requested_card(call, attributes.get("customer"), cause)
        if card is None:
            return (changed(current, attributes, cause),)
        with intent_in_refusals(call, current):
            check_method_can_change(current.attributes)
        attributes = with_method(attributes, card.id)
        return (changed(current, attributes, cause), *card.with_setup(attributes, cause))

    return answered(request, change_once(request, request.named(), change), tree, outcome="changed")
