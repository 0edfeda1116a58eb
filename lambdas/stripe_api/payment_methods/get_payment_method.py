"""GET /v1/payment_methods/{method}: retrieve a payment method created by itself, or the card of an intent."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.objects.render import check_expand
from paysandbox.stripe_api.payment_methods.lookup import find_method
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Retrieve
from paysandbox.stripe_api.routes import GET_PAYMENT_METHOD


@stripe_endpoint(GET_PAYMENT_METHOD)
def handler(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """One consistent read."""
    query = call.query
    check_expand("payment_method", query.expand, call.stripe_version)
    name = call.path.get("method", "")
    return StripeAnswer(body=find_method(call, name), transaction_id=name, outcome="shown")
