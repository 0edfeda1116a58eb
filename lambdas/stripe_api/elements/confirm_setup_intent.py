"""Elements: the route by which one removes a saved card."""

from datetime import datetime

from paysandbox.core import ids
from paysandbox.payments.idempotency import run_idempotent
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.objects.stored_method import CUSTOMER
from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.pages.customer_session import check_may_use, session_of
from paysandbox.stripe_api.payment_methods.attaching import detach
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import RemoveSavedMethod
from paysandbox.stripe_api.resource_kit.operations import Request
from paysandbox.stripe_api.resource_kit.tables import objects_table
from paysandbox.stripe_api.resources.payment_methods import PAYMENT_METHODS
from paysandbox.stripe_api.routes import REMOVE_SAVED_METHOD


@stripe_endpoint(REMOVE_SAVED_METHOD)
def remove_saved_method(call: StripeCall[RemoveSavedMethod, None]) -> StripeAnswer:
    """POST /v1/elements/payment_methods/{id}/detach: remove a saved card, as a Payment Element does.

    Reads of the customer session and the card, an idempotency record, reads of both, and one transaction.
    """
    request, name = Request(RESOURCES, PAYMENT_METHODS, call), call.path["id"]
    tree = request.expanded(call.body.expand)
    session = session_of(call, call.body.customer_session_client_secret)
    check_may_use(call, session, name, feature="remove", param="id")

    def act(operation_id: str, at: datetime) -> StoredObject:
        cause = request.cause(operation_id, at)
        return detach(objects_table(), call.merchant, name, cause, only_of=session.attributes[CUSTOMER])

    stored, replayed = run_idempotent(call, ids.METHOD, act)
    (body,) = request.rendered([stored], tree)
    return StripeAnswer(
        body=body,
        replayed=replayed,
        first_request=stored.changed_by.request_id,
        transaction_id=stored.id,
        outcome="detached",
    )
