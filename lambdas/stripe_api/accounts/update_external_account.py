"""POST /v1/accounts/{id}/external_accounts/{external_account}: update an external account."""

from paysandbox.stripe_api.accounts.requests_on_accounts import (
    answer_held,
    change_account,
    find_held,
    request_on_account,
)
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.connect.external_accounts import EXTERNAL_ACCOUNT, updated
from paysandbox.stripe_api.objects.stored_object import Attributes, Cause, StoredObject
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import UpdateExternalAccount
from paysandbox.stripe_api.resources.of_accounts import BANK_ACCOUNT
from paysandbox.stripe_api.routes import UPDATE_EXTERNAL_ACCOUNT


@stripe_endpoint(UPDATE_EXTERNAL_ACCOUNT)
def handler(call: StripeCall[UpdateExternalAccount, None]) -> StripeAnswer:
    """A read of the account, an idempotency record, and one conditional put."""
    name = call.path[EXTERNAL_ACCOUNT]

    def change(account: StoredObject, _: Cause) -> Attributes:
        find_held(account, BANK_ACCOUNT, name)
        return updated(account.attributes, name, call.body)

    written = change_account(request_on_account(call), change)
    found = find_held(written.stored, BANK_ACCOUNT, name)
    return answer_held(written, BANK_ACCOUNT, found, call.stripe_version, "changed")
