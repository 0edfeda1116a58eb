"""DELETE /v1/accounts/{id}/external_accounts/{external_account}: delete an external account."""

from paysandbox.core.errors import Contended
from paysandbox.http.answer import Body
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.connect.external_account import entries_of, removed_entry
from paysandbox.stripe_api.connect.external_accounts import EXTERNAL_ACCOUNT, removed
from paysandbox.stripe_api.connect.requests_on_accounts import account_in_path, find_held, request_on_account
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.resource_kit.operations import TRIES
from paysandbox.stripe_api.resource_kit.stored_object import Attributes, changed
from paysandbox.stripe_api.resources.of_accounts import BANK_ACCOUNT
from paysandbox.stripe_api.routes import DELETE_EXTERNAL_ACCOUNT


@stripe_endpoint(DELETE_EXTERNAL_ACCOUNT)
def handler(call: StripeCall[None, None]) -> StripeAnswer:
    """A read of the account, and one conditional put. Deleting it again gives the same answer for two days."""
    request, name = request_on_account(call), call.path[EXTERNAL_ACCOUNT]
    for _ in range(TRIES):
        account = account_in_path(request)
        if all(entry["id"] != name for entry in entries_of(account.attributes)):
            entry = removed_entry(account, name)
            if entry is not None:
                return _answer(entry)
        found = find_held(account, BANK_ACCOUNT, name)
        left = changed(account, removed(account.attributes, name), request.cause(call.request_id, call.now))
        if request.put((left,)) == left:
            return _answer(found.attributes)
    raise Contended


def _answer(entry: Attributes) -> StripeAnswer:
    body: Body = {
        "id": entry["id"],
        "object": BANK_ACCOUNT.object,
        "currency": entry["currency"],
        "deleted": True,
    }
    return StripeAnswer(body=body, outcome="deleted")
