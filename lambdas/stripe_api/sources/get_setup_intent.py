"""Sources: the route that reads one."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.payment_methods.card_sources import check_client_secret
from paysandbox.stripe_api.payment_methods.sources import source_answer, source_object
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import GetSource
from paysandbox.stripe_api.routes import GET_SOURCE


@stripe_endpoint(GET_SOURCE)
def get_source(call: StripeCall[None, GetSource]) -> StripeAnswer:
    """GET /v1/sources/{id}: retrieve a source.

    One consistent read, and one of its customer if it has one.
    """
    stored = source_object(call.merchant, call.path["id"])
    check_client_secret(stored, call.query.client_secret, publishable=call.publishable)
    return source_answer(call, stored, outcome="shown")
