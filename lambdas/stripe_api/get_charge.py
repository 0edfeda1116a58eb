"""GET /v1/charges/{charge}: an attempt at an intent, promised or declined, and what became of it."""

from paysandbox.contract.stripe_objects import render_charge
from paysandbox.contract.stripe_requests import Retrieve
from paysandbox.routes.stripe_api import GET_CHARGE
from paysandbox.runtime.client_secrets import client_secret_of
from paysandbox.runtime.request import Call
from paysandbox.runtime.stripe_found import charge_with
from paysandbox.runtime.stripe_http import StripeAnswer, stripe_endpoint


@stripe_endpoint(GET_CHARGE)
def handler(call: Call) -> StripeAnswer:
    """One consistent read."""
    query: Retrieve = call.query
    payment, attempt = charge_with(call, call.path.get("charge", ""), "id")
    shown = render_charge(payment, attempt.id, client_secret=client_secret_of(payment.id), expand=query.expand)
    return StripeAnswer(shown, transaction_id=attempt.id, outcome="shown")
