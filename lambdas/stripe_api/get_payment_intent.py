"""GET /v1/payment_intents/{intent}: an intent as it stands."""

from paysandbox.contract.stripe_objects import render_intent
from paysandbox.contract.stripe_requests import GetPaymentIntent
from paysandbox.routes.stripe_api import GET_PAYMENT_INTENT
from paysandbox.runtime.client_secrets import check_client_secret, client_secret_of
from paysandbox.runtime.intents import asked_for, found
from paysandbox.runtime.request import Call
from paysandbox.runtime.stripe_http import StripeAnswer, stripe_endpoint


@stripe_endpoint(GET_PAYMENT_INTENT)
def handler(call: Call) -> StripeAnswer:
    """One consistent read."""
    query: GetPaymentIntent = call.query
    payment_id = asked_for(call)
    check_client_secret(call, payment_id, query.client_secret)
    payment = found(call, payment_id)
    shown = render_intent(payment, client_secret=client_secret_of(payment.id), expand=query.expand)
    return StripeAnswer(shown, transaction_id=payment.id, outcome="shown")
