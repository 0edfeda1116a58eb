"""GET /v1/charges: the attempts at the merchant's payments, newest first; or those of one intent."""

from paysandbox.contract.stripe_errors import no_such
from paysandbox.contract.stripe_ids import charge_id, payment_of_charge, payment_of_intent
from paysandbox.contract.stripe_objects import expand_of_list, render_charge, render_list
from paysandbox.contract.stripe_requests import ListCharges
from paysandbox.domain.operation import Authorization
from paysandbox.domain.payment import Payment
from paysandbox.routes.stripe_api import LIST_CHARGES
from paysandbox.runtime.client_secrets import client_secret_of
from paysandbox.runtime.effects import ledger
from paysandbox.runtime.request import Call
from paysandbox.runtime.stripe_found import payment_with
from paysandbox.runtime.stripe_http import StripeAnswer, stripe_endpoint
from paysandbox.runtime.stripe_lists import around, span_of
from paysandbox.table.items import listed_at
from paysandbox.table.payment_shelf import payments_of
from paysandbox.table.stripe_page import Objects, page, page_of_row


@stripe_endpoint(LIST_CHARGES)
def handler(call: Call) -> StripeAnswer:
    """One query per shard of the index, then consistent reads; of one intent, one read."""
    query: ListCharges = call.query
    expand = expand_of_list(query.expand)

    def shown(payment: Payment) -> Objects:
        attempts = [one.id for one in reversed(payment.operations) if isinstance(one, Authorization)]
        secret = client_secret_of(payment.id)
        return [(charge_id(one), render_charge(payment, one, client_secret=secret, expand=expand)) for one in attempts]

    def position_of(name: str) -> str | None:
        payment_id = payment_of_charge(name)
        payment = payment_with(call, payment_id, payment_id)
        return listed_at(payment) if payment else None

    if query.payment_intent is not None:
        payment_id = payment_of_intent(query.payment_intent)
        payment = payment_with(call, payment_id, payment_id)
        if payment is None:
            raise no_such("payment_intent", query.payment_intent, "payment_intent")
        row = shown(payment)
        beside = around(query, lambda name: name if name in dict(row) else None)
        data, more = page_of_row(row, limit=query.limit, around=beside)
    else:
        shelf = payments_of(ledger(), call.merchant, *span_of(query.created))
        data, more = page(shelf, shown, limit=query.limit, around=around(query, position_of))
    return StripeAnswer(render_list("/v1/charges", data, has_more=more), outcome="listed")
