"""DELETE /v1/accounts/{id}/external_accounts/{external_account}: delete an external account."""

from paysandbox.core.errors import Contended
from paysandbox.http.answer import Body
from paysandbox.stripe_api.accounts.requests_on_accounts import account_in_path, find_held, request_on_account
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.connect.external_accounts import EXTERNAL_ACCOUNT, removed
from paysandbox.stripe_api.objects.stored_object import change_of, changed
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.resource_kit.operations import TRIES
from paysandbox.stripe_api.resources.of_accounts import BANK_ACCOUNT
from paysandbox.stripe_api.routes import DELETE_EXTERNAL_ACCOUNT


@stripe_endpoint(DELETE_EXTERNAL_ACCOUNT)
def handler(call: StripeCall[None, None]) -> StripeAnswer:
    """A read of the account, and one conditional put. It is deleted once, as `operations.delete` deletes objects."""
    request, name = request_on_account(call), call.path[EXTERNAL_ACCOUNT]
    for _ in range(TRIES):
        account = account_in_path(request)
        entry = find_held(account, BANK_ACCOUNT, name)
        left = changed(account, removed(account.attributes, name), request.cause(call.request_id, call.now))
        stored = request.put((left,))
        if stored and change_of(stored, call.request_id):
            body: Body = {
                "id": name,
                "object": BANK_ACCOUNT.object,
                "currency": entry.attributes["currency"],
                "deleted": True,
            }
            return StripeAnswer(body=body, outcome="deleted")
    raise Contended
