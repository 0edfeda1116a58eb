# pyright: standard
"""What requests do with login links."""

from paysandbox.stripe_api.accounts.requests_on_accounts import account_in_path, on_account
from paysandbox.stripe_api.connect.links import check_has_dashboard
from paysandbox.stripe_api.objects.stored_object import Cause, new_object
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import Request, make
from paysandbox.stripe_api.resources.links_for_accounts import LOGIN_LINK, link_with


def create(request: Request) -> StripeAnswer:
    """Create a link to the dashboard. An idempotency record, a read of the account, and one conditional put.

    It leads to the sandbox's dashboard, since there is no Express Dashboard.
    """
    of_account = on_account(request)
    sent = request.call.request
    url = sent.dashboard_url or sent.base_url

    def new(request: Request, name: str, cause: Cause) -> Stored:
        check_has_dashboard(account_in_path(of_account))
        return (link_with(new_object(request.call.merchant, LOGIN_LINK.object, name, {}, cause), url),)

    return make(Request(request.resources, LOGIN_LINK, of_account.call), new)
