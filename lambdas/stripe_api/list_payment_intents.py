"""GET /v1/payment_intents: the merchant's payments as intents, newest first."""

from paysandbox.contract.stripe_ids import intent_id, payment_of_intent
from paysandbox.contract.stripe_objects import expand_of_list, may_expand, render_intent, render_list
from paysandbox.contract.stripe_requests import ListPaymentIntents
from paysandbox.domain.payment import Payment
from paysandbox.routes.stripe_api import LIST_PAYMENT_INTENTS
from paysandbox.runtime.client_secrets import client_secret_of
from paysandbox.runtime.effects import ledger
from paysandbox.runtime.request import Call
from paysandbox.runtime.stripe_found import payment_with
from paysandbox.runtime.stripe_http import StripeAnswer, stripe_endpoint
from paysandbox.runtime.stripe_lists import around, span_of
from paysandbox.table.items import listed_at
from paysandbox.table.payment_shelf import payments_of
from paysandbox.table.stripe_page import Objects, page


@stripe_endpoint(LIST_PAYMENT_INTENTS)
def handler(call: Call) -> StripeAnswer:
    """One query per shard of the index, then consistent reads; one read before for the object it is beside."""
    query: ListPaymentIntents = call.query
    expand = expand_of_list(query.expand)
    may_expand("payment_intent", expand)

    def shown(payment: Payment) -> Objects:
        body = render_intent(payment, client_secret=client_secret_of(payment.id), expand=expand)
        return [(intent_id(payment.id), body)]

    def position_of(name: str) -> str | None:
        payment_id = payment_of_intent(name)
        payment = payment_with(call, payment_id, payment_id)
        return listed_at(payment) if payment else None

    shelf = payments_of(ledger(), call.merchant, *span_of(query.created))
    data, more = page(shelf, shown, limit=query.limit, around=around(query, position_of))
    return StripeAnswer(render_list("/v1/payment_intents", data, has_more=more), outcome="listed")
