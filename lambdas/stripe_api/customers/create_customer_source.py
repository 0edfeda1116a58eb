"""POST /v1/customers/{id}/sources: save a card for a customer, by its token."""

from datetime import datetime
from functools import partial

from paysandbox.core import ids
from paysandbox.payments.idempotency import run_idempotent
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.objects.render import check_expand
from paysandbox.stripe_api.payment_methods.attaching import attach
from paysandbox.stripe_api.payment_methods.sources import saved_by_token, source_answer
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CreateCustomerSource
from paysandbox.stripe_api.resource_kit.stored_object import Cause, StoredObject
from paysandbox.stripe_api.resource_kit.tables import objects_table
from paysandbox.stripe_api.routes import CREATE_CUSTOMER_SOURCE


@stripe_endpoint(CREATE_CUSTOMER_SOURCE)
def handler(call: StripeCall[CreateCustomerSource, None]) -> StripeAnswer:
    """An idempotency record, reads of card, token and customer, and one transaction, which uses the token."""
    check_expand("card", call.body.expand, call.stripe_version)

    def act(operation_id: str, at: datetime) -> StoredObject:
        cause = Cause(operation_id=operation_id, request_id=call.request_id, idempotency_key=call.caller_key, at=at)
        find = partial(saved_by_token, call.merchant, call.body.source, cause, metadata=call.body.metadata)
        return attach(objects_table(), find, call.path["id"], cause, param="id")

    stored, replayed = run_idempotent(call, ids.METHOD, act)
    return source_answer(call, stored, outcome="created", replayed=replayed)
