"""GET /v1/accounts/{id}/external_accounts/{external_account}: retrieve an external account."""

from paysandbox.stripe_api.accounts.requests_on_accounts import account_in_path, find_held, request_on_account
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.connect.external_accounts import EXTERNAL_ACCOUNT
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Retrieve
from paysandbox.stripe_api.resource_kit.rendering import render
from paysandbox.stripe_api.resources.of_accounts import BANK_ACCOUNT
from paysandbox.stripe_api.routes import GET_EXTERNAL_ACCOUNT


@stripe_endpoint(GET_EXTERNAL_ACCOUNT)
def handler(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """One consistent read of its account."""
    account = account_in_path(request_on_account(call))
    found = find_held(account, BANK_ACCOUNT, call.path[EXTERNAL_ACCOUNT])
    return StripeAnswer(body=render(BANK_ACCOUNT, found, call.stripe_version), outcome="shown")
