"""The account of a key: the route that reads it."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.objects.account import render_account
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Retrieve
from paysandbox.stripe_api.resource_kit.rendering import render
from paysandbox.stripe_api.resources.accounts import ACCOUNT
from paysandbox.stripe_api.routes import GET_ACCOUNT


@stripe_endpoint(GET_ACCOUNT)
def get_account(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """GET /v1/account: retrieve the account of the key, or the connected account that the request is for.

    Reads nothing: the account of a request is read with its headers.
    """
    connected = call.account and render(ACCOUNT, call.account, call.stripe_version)
    return StripeAnswer(body=connected or render_account(call.merchant), outcome="shown")
