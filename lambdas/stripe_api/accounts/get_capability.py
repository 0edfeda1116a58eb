"""GET /v1/accounts/{id}/capabilities/{capability}: retrieve a capability of a connected account."""

from paysandbox.stripe_api.accounts.requests_on_accounts import account_in_path, find_held, request_on_account
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Retrieve
from paysandbox.stripe_api.resource_kit.rendering import render
from paysandbox.stripe_api.resources.of_accounts import CAPABILITY
from paysandbox.stripe_api.routes import GET_CAPABILITY


@stripe_endpoint(GET_CAPABILITY)
def handler(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """One consistent read of its account."""
    account = account_in_path(request_on_account(call))
    found = find_held(account, CAPABILITY, call.path[CAPABILITY.object])
    return StripeAnswer(body=render(CAPABILITY, found, call.stripe_version), outcome="shown")
