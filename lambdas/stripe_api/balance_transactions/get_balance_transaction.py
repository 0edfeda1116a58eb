"""GET /v1/balance_transactions/{balance_transaction}: retrieve a balance transaction."""

from paysandbox.stripe_api.balance_transactions import find_moved, render_moved
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.objects.expand import check_expand
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Retrieve
from paysandbox.stripe_api.routes import GET_BALANCE_TRANSACTION


@stripe_endpoint(GET_BALANCE_TRANSACTION)
def handler(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """One consistent read of its payment, or of the settlement batch of its payout and the merchant's part in it."""
    check_expand("balance_transaction", call.query.expand, call.stripe_version)
    name = call.path.get("balance_transaction", "")
    moved = find_moved(call, name)
    if moved is None:
        raise no_such("balance transaction", name, "id")
    (shown,) = render_moved(call, [moved], call.query.expand)
    return StripeAnswer(body=shown, outcome="shown")
