# pyright: standard
"""What requests with a secret key do with setup intents. Pages confirm and show them too (`confirm_setup_intent`)."""

from paysandbox.stripe_api.objects.stored_object import Cause, StoredObject, changed, new_object
from paysandbox.stripe_api.pages.client_context import declared_with
from paysandbox.stripe_api.payment_methods.bank import with_token
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import Request, change_once, create_once
from paysandbox.stripe_api.resource_kit.parameters import attributes_after
from paysandbox.stripe_api.setup_intents.rules import (
    canceled,
    check_is_not_of_checkout,
    check_method_can_change,
    with_method,
)
from paysandbox.stripe_api.setup_intents.setup import (
    answered,
    check_named_customer,
    check_new,
    confirmed,
    intent_in_refusals,
    used_token,
)
from paysandbox.stripe_api.setup_intents.setup_card import requested_card
from paysandbox.stripe_api.setup_intents.setup_secrets import CLIENT_SECRET, client_secret_of


def create(request: Request) -> StripeAnswer:
    """Create a setup intent to save a card, and confirm it if that is asked for.

    An idempotency record, then one conditional put, whatever the bank's answer. With a payment method that is made or
    attached, or a confirmation token, reads, and one transaction.
    """
    call, resource = request.call, request.resource
    tree = request.expanded(call.body.expand)
    check_new(call)
    sent = attributes_after(resource, {}, call.body)

    def make(setup_intent: str, cause: Cause) -> Stored:
        check_named_customer(call)
        named, token = with_token(call)
        attributes = {**sent, CLIENT_SECRET: client_secret_of(setup_intent)}
        card = requested_card(named, call.body.customer, cause, token)
        if card is not None:
            attributes = with_method(attributes, card.id)
        if call.body.confirm:
            declared_with(call.body, token).check_setup()
            with intent_in_refusals(call, None):
                attributes = confirmed(named, setup_intent, attributes, card, cause)
        new = new_object(call.merchant, resource.object, setup_intent, attributes, cause)
        return (new, *(card.with_setup(attributes, cause) if card else ()), *used_token(call, token, attributes))

    written = create_once(request, make)
    return answered(request, written, tree, outcome="confirmed" if call.body.confirm else "opened")


def update(request: Request) -> StripeAnswer:
    """Update a setup intent.

    A read, an idempotency record, and one conditional put, or a transaction with a payment method that is made. What is
    named is read first.
    """
    call = request.call
    tree = request.expanded(call.body.expand)

    def change(current: StoredObject, cause: Cause) -> Stored:
        check_named_customer(call)
        attributes = attributes_after(request.resource, current.attributes, call.body)
        card = requested_card(call, attributes.get("customer"), cause)
        if card is None:
            return (changed(current, attributes, cause),)
        with intent_in_refusals(call, current):
            check_method_can_change(current.attributes)
        attributes = with_method(attributes, card.id)
        return (changed(current, attributes, cause), *card.with_setup(attributes, cause))

    return answered(request, change_once(request, request.named(), change), tree, outcome="changed")


def cancel(request: Request) -> StripeAnswer:
    """Cancel a setup intent that is open. A read, an idempotency record, and one conditional put."""
    call = request.call
    tree = request.expanded(call.body.expand)

    def change(current: StoredObject, cause: Cause) -> Stored:
        with intent_in_refusals(call, current):
            check_is_not_of_checkout(current.attributes)
            attributes = canceled(current.attributes, call.body.cancellation_reason)
        return (changed(current, attributes, cause),)

    return answered(request, change_once(request, request.named(), change), tree, outcome="canceled")
