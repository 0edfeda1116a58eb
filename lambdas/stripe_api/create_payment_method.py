"""POST /v1/payment_methods: a card, kept as far as it may be."""

from datetime import datetime

from paysandbox.contract.payment_requests import metadata_text
from paysandbox.contract.stripe_objects import may_expand, render_method
from paysandbox.contract.stripe_requests import CreatePaymentMethod
from paysandbox.domain import identity
from paysandbox.routes.stripe_api import CREATE_PAYMENT_METHOD
from paysandbox.runtime.bank import typed_method
from paysandbox.runtime.idempotency import once
from paysandbox.runtime.payment_method_table import payment_methods
from paysandbox.runtime.request import Call
from paysandbox.runtime.stripe_http import StripeAnswer, stripe_endpoint
from paysandbox.table.payment_methods import PaymentMethod, put_payment_method


@stripe_endpoint(CREATE_PAYMENT_METHOD)
def handler(call: Call) -> StripeAnswer:
    """A claim, then one conditional put."""
    body: CreatePaymentMethod = call.body
    may_expand("payment_method", body.expand)
    typed = typed_method(call, body.card, body.billing_details)
    said = metadata_text(body.metadata) if body.metadata else None

    def keep(method_id: str, at: datetime) -> PaymentMethod:
        return put_payment_method(
            payment_methods(),
            PaymentMethod(id=method_id, merchant=call.merchant, method=typed, created_at=at, metadata=said),
        )[0]

    made, replayed = once(call, identity.METHOD, keep)
    return StripeAnswer(render_method(made), replayed, made.id, outcome="created")
