# pyright: standard
"""What requests do with connected accounts, beside creating, updating and deleting them."""

from paysandbox.stripe_api.accounts.requests_on_accounts import change_account
from paysandbox.stripe_api.connect.rejection import check_reason, rejected
from paysandbox.stripe_api.objects.stored_object import Attributes, Cause, StoredObject
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.resource_kit.operations import Request


def reject(request: Request) -> StripeAnswer:
    """Reject a connected account. A read, an idempotency record, and one conditional put."""
    reason = request.call.body.reason
    check_reason(reason, request.call.stripe_version)
    tree = request.expanded(request.call.body.expand)

    def change(account: StoredObject, _: Cause) -> Attributes:
        return rejected(account, reason)

    return change_account(request, change).answer(request, tree, outcome="changed")
