"""Save a card for a customer, as two routes do: by its token or its number."""

from datetime import datetime
from functools import partial

from paysandbox.core import ids
from paysandbox.payments.idempotency import run_idempotent
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.objects.stored_object import Cause, StoredObject
from paysandbox.stripe_api.payment_methods.attaching import attach
from paysandbox.stripe_api.payment_methods.sources import saved_by_token, source_answer
from paysandbox.stripe_api.payment_methods.typed_sources import saved_by_number, typed_source
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.requests import CreateCustomerSource
from paysandbox.stripe_api.resource_kit.tables import objects_table


def save_source(call: StripeCall[CreateCustomerSource, None]) -> StripeAnswer:
    """Save the card of the request for the customer that the path names, and answer with it.

    Raises Refused as `saved_by_token`, `typed_source` and `attach` do.
    """
    source, metadata = call.body.source, call.body.metadata
    found_by = (
        partial(saved_by_token, call.merchant, source, metadata=metadata)
        if isinstance(source, str)
        else partial(saved_by_number, call.merchant, typed_source(call, source), metadata=metadata)
    )

    def act(operation_id: str, at: datetime) -> StoredObject:
        cause = Cause(operation_id=operation_id, request_id=call.request_id, idempotency_key=call.caller_key, at=at)
        return attach(objects_table(), partial(found_by, cause), call.path["id"], cause, param="id")

    stored, replayed = run_idempotent(call, ids.METHOD, act)
    return source_answer(call, stored, outcome="created", replayed=replayed)
