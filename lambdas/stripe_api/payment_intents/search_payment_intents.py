"""GET /v1/payment_intents/search: find payment intents by Stripe's search query language, newest first."""

from collections.abc import Collection

from paysandbox.http.answer import Body
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.ids import intent_id
from paysandbox.stripe_api.lists.page import Objects
from paysandbox.stripe_api.lists.searches import search_payments
from paysandbox.stripe_api.objects.render import render_intent
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Search
from paysandbox.stripe_api.routes import SEARCH_PAYMENT_INTENTS


@stripe_endpoint(SEARCH_PAYMENT_INTENTS)
def handler(call: StripeCall[None, Search]) -> StripeAnswer:
    """Per 100 payments, one query per shard of the index, then consistent reads."""
    return search_payments(call, "payment_intents", objects_of=_intents, render=_render)


def _intents(payment: Payment, version: str) -> Objects:
    if payment.is_charge:
        return []
    return [(intent_id(payment.id), render_intent(payment, private=None, version=version))]


def _render(payment: Payment, _: str, expand: Collection[str], version: str) -> Body:
    return render_intent(payment, private=secrets_of(payment.id), expand=expand, version=version)
