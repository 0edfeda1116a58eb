"""POST /v1/setup_intents: create a setup intent to save a card, optionally confirming it at once."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.objects.stored_object import Cause, new_object
from paysandbox.stripe_api.pages.client_context import declared_with
from paysandbox.stripe_api.payment_methods.bank import with_token
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CreateSetupIntent
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import Request, create_once
from paysandbox.stripe_api.resource_kit.parameters import attributes_after
from paysandbox.stripe_api.routes import CREATE_SETUP_INTENT
from paysandbox.stripe_api.setup_intents.rules import with_method
from paysandbox.stripe_api.setup_intents.setup import (
    answered,
    check_named_customer,
    check_new,
    confirmed,
    intent_in_refusals,
    used_token,
)
from paysandbox.stripe_api.setup_intents.setup_card import requested_card
from paysandbox.stripe_api.setup_intents.setup_intent_resource import SETUP_INTENT
from paysandbox.stripe_api.setup_intents.setup_secrets import CLIENT_SECRET, client_secret_of


@stripe_endpoint(CREATE_SETUP_INTENT)
def handler(call: StripeCall[CreateSetupIntent, None]) -> StripeAnswer:
    """An idempotency record, then one conditional put, whatever the bank's answer. With a payment method that is made
    or attached, or a confirmation token, reads, and one transaction."""
    request = Request(RESOURCES, SETUP_INTENT, call)
    tree = request.expanded(call.body.expand)
    check_new(call)
    sent = attributes_after(SETUP_INTENT, {}, call.body)

    def make(setup_intent: str, cause: Cause) -> Stored:
        check_named_customer(call)
        named, token = with_token(call)
        attributes = {**sent, CLIENT_SECRET: client_secret_of(setup_intent)}
        card = requested_card(named, call.body.customer, cause, token)
        if card is not None:
            attributes = with_method(attributes, card.id)
        if call.body.confirm:
            declared_with(call.body, token).check_setup(attributes)
            with intent_in_refusals(call, None):
                attributes = confirmed(named, setup_intent, attributes, card, cause)
        new = new_object(call.merchant, SETUP_INTENT.object, setup_intent, attributes, cause)
        return (new, *(card.with_setup(attributes, cause) if card else ()), *used_token(call, token, attributes))

    written = create_once(request, make)
    return answered(request, written, tree, outcome="confirmed" if call.body.confirm else "opened")
