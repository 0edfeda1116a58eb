"""GET /v1/charges: list the merchant's charges, newest first, or those of one intent or customer."""

from paysandbox.aws.runtime import ledger
from paysandbox.payments.ledger.items import listed_at
from paysandbox.payments.ledger.payment_index import payments_of
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.customers import check_customer
from paysandbox.stripe_api.ids import charge_id
from paysandbox.stripe_api.lists.answer import list_answer
from paysandbox.stripe_api.lists.page import Objects, page, page_of_row
from paysandbox.stripe_api.lists.parameters import around, around_in, created_in, of_customer, span_of
from paysandbox.stripe_api.lookups import find_attempt, find_intent_named
from paysandbox.stripe_api.objects.render import render_charge
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ListCharges
from paysandbox.stripe_api.routes import LIST_CHARGES


@stripe_endpoint(LIST_CHARGES)
def handler(call: StripeCall[None, ListCharges]) -> StripeAnswer:
    """One query per shard of the index, then consistent reads. For one intent, one read. The customer is read first."""
    query = call.query
    expand = query.expanded_paths

    def shown(payment: Payment) -> Objects:
        attempts = [operation.id for operation in reversed(payment.operations) if isinstance(operation, Authorization)]
        secret, version = secrets_of(payment.id), call.stripe_version
        return [
            (charge_id(attempt_id), render_charge(payment, attempt_id, private=secret, expand=expand, version=version))
            for attempt_id in attempts
        ]

    def position_of(name: str) -> str | None:
        payment, attempt = find_attempt(call, name)
        return listed_at(payment) if payment and attempt else None

    def matching(objects: Objects) -> Objects:
        return of_customer(query.customer, created_in(query.created, objects))

    if query.customer is not None:
        check_customer(call, query.customer, deleted_too=True)
    if query.payment_intent is not None:
        every = shown(find_intent_named(call, query.payment_intent))
        data, more = page_of_row(every, limit=query.limit, around=around_in(query, "charge", every), matching=matching)
    else:
        # An attempt may be much later than its intent, but never earlier.
        index = payments_of(ledger(), call.merchant, None, span_of(query.created)[1])
        position = around(query, "charge", position_of)
        data, more = page(index, shown, limit=query.limit, around=position, matching=matching)
    return list_answer("/v1/charges", query, data, more=more)
