# pyright: standard
"""What requests do with ephemeral keys."""

from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import replace
from paysandbox.http.keys.credential import credential_of
from paysandbox.stripe_api.customers import check_customer
from paysandbox.stripe_api.ephemeral.keys import attributes_of, secret_of
from paysandbox.stripe_api.objects.stored_object import CHANGE_RETENTION, Cause, new_object
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.resource_kit import operations
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import Request, create_once


def create(request: Request) -> StripeAnswer:
    """Create a key that opens one customer for an hour.

    An idempotency record, a read of the customer, and one conditional put. A deleted key stays deleted.
    """
    call, headers = request.call, request.call.request.headers
    tree = request.expanded(call.body.expand)
    if not headers.get("stripe-version"):
        # The words are ours: Stripe's SDKs refuse such a request themselves.
        detail = "An ephemeral key is created for a version of the API: send the mobile SDK's in Stripe-Version."
        raise Refused(Code.REQUEST_INVALID, detail)
    creator = credential_of(headers["authorization"][0]) or ""

    def make(key_id: str, cause: Cause) -> Stored:
        check_customer(call, call.body.customer)
        attributes = attributes_of(call.body.customer, secret_of(call.merchant, key_id), creator, call.platform)
        new = new_object(call.merchant, request.resource.object, key_id, attributes, cause)
        return (replace(new, listed=False, purge_at=int((cause.at + CHANGE_RETENTION).timestamp())),)

    written = create_once(request, make)
    answer = written.answer(request, tree, outcome="created")
    return replace(answer, body={**answer.body, "secret": secret_of(call.merchant, written.stored.id)})


def delete(request: Request) -> StripeAnswer:
    """Delete a key, which is shown without its secret.

    A read, and one conditional put of a tombstone, which also a repeated creation finds.
    """
    stored = request.named()
    deleted = operations.delete(request)
    tree = request.expanded(request.call.query.expand)
    (body,) = request.rendered([replace(stored, deleted=False)], tree)
    return replace(deleted, body=body)
