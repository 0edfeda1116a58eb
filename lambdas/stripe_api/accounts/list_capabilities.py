"""GET /v1/accounts/{id}/capabilities: list the capabilities of a connected account, by name."""

from paysandbox.stripe_api.accounts.requests_on_accounts import account_in_path, held_by, request_on_account
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.objects.render import render_list
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ListCapabilities
from paysandbox.stripe_api.resource_kit.rendering import render
from paysandbox.stripe_api.resources.of_accounts import CAPABILITY
from paysandbox.stripe_api.routes import LIST_CAPABILITIES


@stripe_endpoint(LIST_CAPABILITIES)
def handler(call: StripeCall[None, ListCapabilities]) -> StripeAnswer:
    """One consistent read of the account. The list is complete."""
    account = account_in_path(request_on_account(call))
    data = [render(CAPABILITY, each, call.stripe_version) for each in held_by(account, CAPABILITY)]
    url = f"/v1/accounts/{account.id}/capabilities"
    return StripeAnswer(body=render_list(url, data, has_more=False), outcome="listed")
