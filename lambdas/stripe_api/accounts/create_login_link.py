"""POST /v1/accounts/{id}/login_links: create a link to the dashboard for a connected account."""

from paysandbox.stripe_api.accounts.requests_on_accounts import account_in_path, request_on_account
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.connect.links import check_has_dashboard
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.objects.stored_object import Cause, new_object
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CreateLoginLink
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import Request, create_once
from paysandbox.stripe_api.resources.links_for_accounts import LOGIN_LINK, link_with
from paysandbox.stripe_api.routes import CREATE_LOGIN_LINK


@stripe_endpoint(CREATE_LOGIN_LINK)
def handler(call: StripeCall[CreateLoginLink, None]) -> StripeAnswer:
    """An idempotency record, a read of the account, and one conditional put.

    The link leads to the sandbox's dashboard, since there is no Express Dashboard.
    """
    of_account = request_on_account(call)
    request = Request(RESOURCES, LOGIN_LINK, of_account.call)
    tree = request.expanded(call.body.expand)
    url = call.request.dashboard_url or call.request.base_url

    def make(link_id: str, cause: Cause) -> Stored:
        check_has_dashboard(account_in_path(of_account))
        return (link_with(new_object(request.call.merchant, LOGIN_LINK.object, link_id, {}, cause), url),)

    return create_once(request, make).answer(request, tree, outcome="created")
