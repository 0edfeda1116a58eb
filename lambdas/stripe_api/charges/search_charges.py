"""GET /v1/charges/search: find charges by Stripe's search query language, newest first."""

from collections.abc import Collection

from paysandbox.http.answer import Body
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.ids import attempt_of_charge, charge_id
from paysandbox.stripe_api.lists.page import Objects
from paysandbox.stripe_api.lists.searches import search_payments
from paysandbox.stripe_api.objects.render import render_charge
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Search
from paysandbox.stripe_api.routes import SEARCH_CHARGES


@stripe_endpoint(SEARCH_CHARGES)
def handler(call: StripeCall[None, Search]) -> StripeAnswer:
    """Per 100 payments, one query per shard of the index, then consistent reads."""
    return search_payments(call, "charges", objects_of=_charges, render=_render)


def _charges(payment: Payment, version: str) -> Objects:
    attempts = [operation.id for operation in reversed(payment.operations) if isinstance(operation, Authorization)]
    return [(charge_id(attempt_id), render_charge(payment, attempt_id, version=version)) for attempt_id in attempts]


def _render(payment: Payment, name: str, expand: Collection[str], version: str) -> Body:
    secret = secrets_of(payment.id)
    return render_charge(payment, attempt_of_charge(name) or "", private=secret, expand=expand, version=version)
