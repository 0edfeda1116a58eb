"""Pages of Checkout sessions: the route that finds one."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.checkout.payment_page import check_may_find, payment_page
from paysandbox.stripe_api.checkout.serving import shipping_names
from paysandbox.stripe_api.checkout.session_resource import SESSION
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.objects.expand import expansion
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import GetPaymentPage
from paysandbox.stripe_api.resource_kit.operations import Request
from paysandbox.stripe_api.routes import GET_PAYMENT_PAGE


@stripe_endpoint(GET_PAYMENT_PAGE)
def get_payment_page(call: StripeCall[None, GetPaymentPage]) -> StripeAnswer:
    """GET /v1/payment_pages/{id}: where a Checkout session's page is, for Stripe.js on a shop's page.

    One consistent read, and of a session with shipping options one of their names.
    """
    expansion("payment_page", call.query.expand, call.stripe_version)
    session = Request(RESOURCES, SESSION, call).named()
    check_may_find(session, call.query.client_secret, publishable=call.publishable)
    with_cart = call.query.client_secret is not None
    rates = shipping_names(session) if with_cart else {}
    return StripeAnswer(body=payment_page(session, rates, with_cart=with_cart), outcome="shown")
