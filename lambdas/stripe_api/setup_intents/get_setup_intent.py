"""Setup intents: the route that reads one, which a page may call."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import GetSetupIntent
from paysandbox.stripe_api.resource_kit.operations import Request
from paysandbox.stripe_api.routes import GET_SETUP_INTENT
from paysandbox.stripe_api.setup_intents.setup_intent_resource import SETUP_INTENT
from paysandbox.stripe_api.setup_intents.setup_secrets import check_client_secret


@stripe_endpoint(GET_SETUP_INTENT)
def get_setup_intent(call: StripeCall[None, GetSetupIntent]) -> StripeAnswer:
    """GET /v1/setup_intents/{id}: retrieve a setup intent.

    One consistent read, and one of what is expanded.
    """
    request, query = Request(RESOURCES, SETUP_INTENT, call), call.query
    tree = request.expanded(query.expand)
    stored = request.named()
    check_client_secret(stored, query.client_secret, publishable=call.publishable)
    (body,) = request.rendered([stored], tree)
    return StripeAnswer(body=body, outcome="shown")
