"""GET /v1/account: retrieve the account of the key."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.objects.account import render_account
from paysandbox.stripe_api.objects.render import check_expand
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Retrieve
from paysandbox.stripe_api.routes import GET_ACCOUNT


@stripe_endpoint(GET_ACCOUNT)
def handler(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """Reads nothing."""
    check_expand("account", call.query.expand, call.stripe_version)
    return StripeAnswer(body=render_account(call.merchant), outcome="shown")
