"""DELETE /v1/customers/{id}/sources/{source}: detach a card from its customer, for ever."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.ids import SOURCE
from paysandbox.stripe_api.objects.source import source_body
from paysandbox.stripe_api.objects.stored_method import is_source_object
from paysandbox.stripe_api.objects.stored_object import Cause
from paysandbox.stripe_api.payment_methods.attaching import detach
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Retrieve
from paysandbox.stripe_api.resource_kit.tables import objects_table
from paysandbox.stripe_api.routes import DELETE_CUSTOMER_SOURCE


@stripe_endpoint(DELETE_CUSTOMER_SOURCE)
def handler(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """Reads of the card and its customer, and one transaction."""
    name = call.path["source"]
    cause = Cause(operation_id=call.request_id, request_id=call.request_id, at=call.now)
    stored = detach(objects_table(), call.merchant, name, cause, source_of=call.path["id"])
    # Stripe deletes cards, and shows a source that was created by itself as consumed (Sources.d.ts, `detach`).
    body = source_body(stored) if is_source_object(name) else {"id": name, "object": SOURCE, "deleted": True}
    return StripeAnswer(body=body, transaction_id=name, outcome="deleted")
