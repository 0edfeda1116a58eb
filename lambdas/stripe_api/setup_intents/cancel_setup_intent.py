"""POST /v1/setup_intents/{id}/cancel: cancel a setup intent that is open."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.objects.stored_object import Cause, StoredObject, changed
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CancelSetupIntent
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import Request, change_once
from paysandbox.stripe_api.routes import CANCEL_SETUP_INTENT
from paysandbox.stripe_api.setup_intents.rules import canceled, check_is_not_of_checkout
from paysandbox.stripe_api.setup_intents.setup import answered, intent_in_refusals
from paysandbox.stripe_api.setup_intents.setup_intent_resource import SETUP_INTENT


@stripe_endpoint(CANCEL_SETUP_INTENT)
def handler(call: StripeCall[CancelSetupIntent, None]) -> StripeAnswer:
    """A read, an idempotency record, and one conditional put."""
    request = Request(RESOURCES, SETUP_INTENT, call)
    tree = request.expanded(call.body.expand)

    def change(current: StoredObject, cause: Cause) -> Stored:
        with intent_in_refusals(call, current):
            check_is_not_of_checkout(current.attributes)
            attributes = canceled(current.attributes, call.body.cancellation_reason)
        return (changed(current, attributes, cause),)

    return answered(request, change_once(request, request.named(), change), tree, outcome="canceled")
