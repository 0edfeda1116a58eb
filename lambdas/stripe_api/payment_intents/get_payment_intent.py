"""GET /v1/payment_intents/{intent}: retrieve an intent."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.client_secrets import check_client_secret, secrets_of
from paysandbox.stripe_api.objects.render import render_intent
from paysandbox.stripe_api.payment_intents.intents import find_intent, payment_id_of
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import GetPaymentIntent
from paysandbox.stripe_api.routes import GET_PAYMENT_INTENT


@stripe_endpoint(GET_PAYMENT_INTENT)
def handler(call: StripeCall[None, GetPaymentIntent]) -> StripeAnswer:
    """One consistent read."""
    query = call.query
    payment_id = payment_id_of(call)
    check_client_secret(payment_id, query.client_secret, publishable=call.publishable)
    payment = find_intent(call, payment_id)
    secret, version = secrets_of(payment.id), call.stripe_version
    shown = render_intent(payment, private=secret, expand=query.expand, version=version)
    return StripeAnswer(body=shown, transaction_id=payment.id, outcome="shown")
