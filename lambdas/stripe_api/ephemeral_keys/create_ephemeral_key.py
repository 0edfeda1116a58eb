"""POST /v1/ephemeral_keys: create a key that opens one customer for an hour."""

from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import replace
from paysandbox.http.keys.credential import credential_of
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.customers import check_customer
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.ephemeral.keys import attributes_of, secret_of
from paysandbox.stripe_api.objects.stored_object import CHANGE_RETENTION, Cause, new_object
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CreateEphemeralKey
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import Request, create_once
from paysandbox.stripe_api.resources.ephemeral_keys import EPHEMERAL_KEY, EPHEMERAL_KEYS
from paysandbox.stripe_api.routes import CREATE_EPHEMERAL_KEY


@stripe_endpoint(CREATE_EPHEMERAL_KEY)
def handler(call: StripeCall[CreateEphemeralKey, None]) -> StripeAnswer:
    """An idempotency record, a read of the customer, and one conditional put. A deleted key stays deleted."""
    request, headers = Request(RESOURCES, EPHEMERAL_KEYS, call), call.request.headers
    tree = request.expanded(call.body.expand)
    if not headers.get("stripe-version"):
        # The words are ours: Stripe's SDKs refuse such a request themselves.
        detail = "An ephemeral key is created for a version of the API: send the mobile SDK's in Stripe-Version."
        raise Refused(Code.REQUEST_INVALID, detail)
    creator = credential_of(headers["authorization"][0]) or ""

    def make(key_id: str, cause: Cause) -> Stored:
        check_customer(call, call.body.customer)
        attributes = attributes_of(call.body.customer, secret_of(call.merchant, key_id), creator, call.platform)
        new = new_object(call.merchant, EPHEMERAL_KEY, key_id, attributes, cause)
        return (replace(new, listed=False, purge_at=int((cause.at + CHANGE_RETENTION).timestamp())),)

    written = create_once(request, make)
    answer = written.answer(request, tree, outcome="created")
    return replace(answer, body={**answer.body, "secret": secret_of(call.merchant, written.stored.id)})
