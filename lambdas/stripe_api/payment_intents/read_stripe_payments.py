"""Payment intents: routes that list and search them."""

from collections.abc import Collection
from functools import partial

from paysandbox.aws.runtime import ledger
from paysandbox.http.answer import Body
from paysandbox.payments.ledger.items import listed_at
from paysandbox.payments.ledger.payment_index import payments_of
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.customers import check_customer
from paysandbox.stripe_api.ids import intent_id, payment_of_intent
from paysandbox.stripe_api.lists.answer import list_answer
from paysandbox.stripe_api.lists.page import Objects, page
from paysandbox.stripe_api.lists.parameters import around, of_customer, span_of
from paysandbox.stripe_api.lists.searches import search_payments
from paysandbox.stripe_api.lookups import find_payment
from paysandbox.stripe_api.objects.render import render_intent
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ListPaymentIntents, Search
from paysandbox.stripe_api.routes import LIST_PAYMENT_INTENTS, SEARCH_PAYMENT_INTENTS


@stripe_endpoint(LIST_PAYMENT_INTENTS)
def list_payment_intents(call: StripeCall[None, ListPaymentIntents]) -> StripeAnswer:
    """GET /v1/payment_intents: list the merchant's payments as intents, newest first.

    One query per shard of the index, then consistent reads; one read first for the object to start from, and one for
    the customer.
    """
    query = call.query
    expand = query.expanded_paths

    def shown(payment: Payment) -> Objects:
        if payment.is_charge:
            return []
        secret, version = secrets_of(payment.id), call.stripe_version
        body = render_intent(payment, private=secret, expand=expand, version=version)
        return [(intent_id(payment.id), body)]

    def position_of(name: str) -> str | None:
        payment_id = payment_of_intent(name)
        payment = find_payment(call, payment_id, payment_id)
        return listed_at(payment) if payment else None

    if query.customer is not None:
        check_customer(call, query.customer, deleted_too=True)
    index = payments_of(ledger(), call.merchant, *span_of(query.created))
    data, more = page(
        index,
        shown,
        limit=query.limit,
        around=around(query, "payment_intent", position_of),
        matching=partial(of_customer, query.customer),
    )
    return list_answer("/v1/payment_intents", query, data, more=more)


@stripe_endpoint(SEARCH_PAYMENT_INTENTS)
def search_payment_intents(call: StripeCall[None, Search]) -> StripeAnswer:
    """GET /v1/payment_intents/search: find payment intents by Stripe's search query language, newest first.

    Per 100 payments, one query per shard of the index, then consistent reads.
    """
    return search_payments(call, "payment_intents", objects_of=_intents, render=_render)


def _intents(payment: Payment, version: str) -> Objects:
    if payment.is_charge:
        return []
    return [(intent_id(payment.id), render_intent(payment, private=None, version=version))]


def _render(payment: Payment, _: str, expand: Collection[str], version: str) -> Body:
    return render_intent(payment, private=secrets_of(payment.id), expand=expand, version=version)
