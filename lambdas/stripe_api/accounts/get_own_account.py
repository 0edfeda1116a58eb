"""GET /v1/accounts/{account}: retrieve the account of the key, by its ID."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.errors import no_access
from paysandbox.stripe_api.ids import account_id
from paysandbox.stripe_api.objects.account import render_account
from paysandbox.stripe_api.objects.render import check_expand
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Retrieve
from paysandbox.stripe_api.routes import GET_OWN_ACCOUNT


@stripe_endpoint(GET_OWN_ACCOUNT)
def handler(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """Reads nothing. Any other account is refused (403), as Stripe does without Connect."""
    check_expand("account", call.query.expand, call.stripe_version)
    name = call.path.get("account", "")
    if name != account_id(call.merchant):
        raise no_access(name)
    return StripeAnswer(body=render_account(call.merchant), outcome="shown")
