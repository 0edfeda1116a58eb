"""POST /v1/accounts/{id}/external_accounts: add an external account to a connected account."""

from paysandbox.stripe_api.accounts.requests_on_accounts import (
    answer_held,
    change_account,
    held_by,
    request_on_account,
)
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.connect.external_accounts import added
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CreateExternalAccount
from paysandbox.stripe_api.resources.of_accounts import BANK_ACCOUNT
from paysandbox.stripe_api.routes import CREATE_EXTERNAL_ACCOUNT


@stripe_endpoint(CREATE_EXTERNAL_ACCOUNT)
def handler(call: StripeCall[CreateExternalAccount, None]) -> StripeAnswer:
    """A read of the account, an idempotency record, and one conditional put."""
    written = change_account(
        request_on_account(call), lambda account, cause: added(account.attributes, call.body, cause.operation_id)
    )
    latest, *_ = held_by(written.stored, BANK_ACCOUNT)
    return answer_held(written, BANK_ACCOUNT, latest, call.stripe_version, "created")
