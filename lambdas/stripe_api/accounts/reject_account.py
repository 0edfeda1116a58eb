"""POST /v1/accounts/{id}/reject: reject a connected account."""

from paysandbox.stripe_api.accounts.requests_on_accounts import change_account, request_on_account
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.connect.rejection import check_reason, rejected
from paysandbox.stripe_api.objects.stored_object import Attributes, Cause, StoredObject
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import RejectAccount
from paysandbox.stripe_api.routes import REJECT_ACCOUNT


@stripe_endpoint(REJECT_ACCOUNT)
def handler(call: StripeCall[RejectAccount, None]) -> StripeAnswer:
    """A read of the account, an idempotency record, and one conditional put."""
    check_reason(call.body.reason, call.stripe_version)
    request = request_on_account(call)
    tree = request.expanded(call.body.expand)

    def change(account: StoredObject, _: Cause) -> Attributes:
        return rejected(account, call.body.reason)

    return change_account(request, change).answer(request, tree, outcome="changed")
