"""GET /v1/radar/early_fraud_warnings/{early_fraud_warning}: retrieve an early fraud warning."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.lookups import find_fraud_warning
from paysandbox.stripe_api.objects.render import render_fraud_warning
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Retrieve
from paysandbox.stripe_api.routes import GET_EARLY_FRAUD_WARNING


@stripe_endpoint(GET_EARLY_FRAUD_WARNING)
def handler(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """One consistent read."""
    query = call.query
    payment, warning = find_fraud_warning(call, call.path.get("early_fraud_warning", ""), "id")
    secret, version = secrets_of(payment.id), call.stripe_version
    shown = render_fraud_warning(payment, warning, private=secret, expand=query.expand, version=version)
    return StripeAnswer(body=shown, transaction_id=warning, outcome="shown")
