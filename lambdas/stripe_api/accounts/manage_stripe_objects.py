"""Accounts: the route that reads one, which may be that of the key."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.connect.accounts import find_account
from paysandbox.stripe_api.ids import account_id
from paysandbox.stripe_api.objects.account import render_account
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Retrieve
from paysandbox.stripe_api.resource_kit.rendering import render
from paysandbox.stripe_api.resources.accounts import ACCOUNT
from paysandbox.stripe_api.routes import GET_OWN_ACCOUNT


@stripe_endpoint(GET_OWN_ACCOUNT)
def get_own_account(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """GET /v1/accounts/{id}: retrieve the account of the key, or a connected account of its platform.

    Reads nothing for the account of the key, and the object of another one. What is not the caller's is refused.
    """
    name = call.path.get("id", "")
    if call.account is not None and name == call.account.id:
        body = render(ACCOUNT, call.account, call.stripe_version)
    elif name == account_id(call.merchant):
        body = render_account(call.merchant)
    else:
        body = render(ACCOUNT, find_account(call.merchant, name), call.stripe_version)
    return StripeAnswer(body=body, outcome="shown")
