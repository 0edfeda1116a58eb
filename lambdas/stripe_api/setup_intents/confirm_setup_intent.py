"""Setup intents: the route that confirms one, which a page may call."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.objects.stored_object import Cause, StoredObject
from paysandbox.stripe_api.pages.client_context import declared_with
from paysandbox.stripe_api.payment_methods.bank import with_token
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ConfirmSetupIntent
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import Request, change_once
from paysandbox.stripe_api.resource_kit.parameters import attributes_after
from paysandbox.stripe_api.routes import CONFIRM_SETUP_INTENT
from paysandbox.stripe_api.setup_intents.rules import (
    OPEN,
    UNCONFIRMED,
    changed_by_attempt,
    check_can_be_confirmed,
    check_is_not_of_checkout,
    status_of,
)
from paysandbox.stripe_api.setup_intents.setup import answered, confirmed, intent_in_refusals, used_token
from paysandbox.stripe_api.setup_intents.setup_card import requested_card, stored_card
from paysandbox.stripe_api.setup_intents.setup_intent_resource import SETUP_INTENT
from paysandbox.stripe_api.setup_intents.setup_secrets import check_client_secret


@stripe_endpoint(CONFIRM_SETUP_INTENT)
def confirm_setup_intent(call: StripeCall[ConfirmSetupIntent, None]) -> StripeAnswer:
    """POST /v1/setup_intents/{id}/confirm: verify the card of a setup intent with the cardholder's bank.

    Reads of the setup intent and its payment method, an idempotency record, and one conditional put, whatever the
    bank's answer. With a payment method that is made or attached, or a confirmation token, one transaction.
    """
    request = Request(RESOURCES, SETUP_INTENT, call)
    tree = request.expanded(call.body.expand)
    named = request.named()
    check_client_secret(named, call.body.client_secret, publishable=call.publishable)

    def change(current: StoredObject, cause: Cause) -> Stored:
        customer, own = current.attributes.get("customer"), current.attributes.get("payment_method")
        wanted, token = with_token(call)
        card = requested_card(wanted, customer, cause, token)
        if card is None and own is not None and status_of(current.attributes) in OPEN:
            card = stored_card(call.merchant, own, customer)
        sent = attributes_after(SETUP_INTENT, current.attributes, call.body)
        with intent_in_refusals(call, current):
            check_is_not_of_checkout(current.attributes)
            check_can_be_confirmed(current.attributes, has_method=card is not None or own is not None)
            if status_of(current.attributes) in UNCONFIRMED:
                declared_with(call.body, token).check_setup()
            attributes = confirmed(wanted, current.id, sent, card, cause)
        also = card.with_setup(attributes, cause) if card else ()
        return (changed_by_attempt(current, attributes, cause), *also, *used_token(call, token, attributes))

    return answered(request, change_once(request, named, change), tree, outcome="confirmed")
