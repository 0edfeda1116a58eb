"""POST /v1/accounts/{id}/capabilities/{capability}: request a capability of a connected account, or no longer."""

from paysandbox.stripe_api.accounts.requests_on_accounts import (
    answer_held,
    change_account,
    find_held,
    request_on_account,
)
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.connect.capabilities import with_requested
from paysandbox.stripe_api.objects.stored_object import Attributes, Cause, StoredObject
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import UpdateCapability
from paysandbox.stripe_api.resources.of_accounts import CAPABILITY
from paysandbox.stripe_api.routes import UPDATE_CAPABILITY


@stripe_endpoint(UPDATE_CAPABILITY)
def handler(call: StripeCall[UpdateCapability, None]) -> StripeAnswer:
    """A read of the account, an idempotency record, and one conditional put."""
    name = call.path[CAPABILITY.object]

    def change(account: StoredObject, cause: Cause) -> Attributes:
        return with_requested(account.attributes, name, call.body.requested, cause.at)

    written = change_account(request_on_account(call), change)
    found = find_held(written.stored, CAPABILITY, name)
    return answer_held(written, CAPABILITY, found, call.stripe_version, "changed")
