"""GET /v1/accounts/{id}/external_accounts: list the external accounts of a connected account, the latest first."""

from paysandbox.stripe_api.accounts.requests_on_accounts import account_in_path, held_by, request_on_account
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.lists.answer import list_answer
from paysandbox.stripe_api.lists.page import page_of_row
from paysandbox.stripe_api.lists.parameters import around_in
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ListExternalAccounts
from paysandbox.stripe_api.resource_kit.rendering import render
from paysandbox.stripe_api.resources.of_accounts import BANK_ACCOUNT
from paysandbox.stripe_api.routes import LIST_EXTERNAL_ACCOUNTS


@stripe_endpoint(LIST_EXTERNAL_ACCOUNTS)
def handler(call: StripeCall[None, ListExternalAccounts]) -> StripeAnswer:
    """One consistent read of their account. None of them is a card."""
    query = call.query
    account = account_in_path(request_on_account(call))
    held = held_by(account, BANK_ACCOUNT) if query.object in (None, BANK_ACCOUNT.object) else ()
    bodies = [(each.id, render(BANK_ACCOUNT, each, call.stripe_version)) for each in held]
    data, more = page_of_row(bodies, limit=query.limit, around=around_in(query, BANK_ACCOUNT.noun, bodies))
    return list_answer(f"/v1/accounts/{account.id}/external_accounts", query, data, more=more)
