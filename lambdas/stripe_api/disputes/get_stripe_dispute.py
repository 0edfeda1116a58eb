"""GET /v1/disputes/{dispute}: retrieve a dispute."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.disputes import PATH, find_dispute
from paysandbox.stripe_api.objects.render import render_dispute
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Retrieve
from paysandbox.stripe_api.routes import GET_STRIPE_DISPUTE


@stripe_endpoint(GET_STRIPE_DISPUTE)
def handler(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """One consistent read of the payment and the evidence."""
    payment, evidence = find_dispute(call)
    name, secret, version = call.path[PATH], secrets_of(payment.id), call.stripe_version
    shown = render_dispute(payment, name, evidence.texts, private=secret, expand=call.query.expand, version=version)
    return StripeAnswer(body=shown, transaction_id=name, outcome="shown")
