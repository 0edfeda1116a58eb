# pyright: standard
"""What requests do with the external accounts of a connected account, which are stored in it."""

from paysandbox.core.errors import Contended
from paysandbox.http.answer import Body
from paysandbox.stripe_api.accounts.requests_on_accounts import (
    account_in_path,
    answer_held,
    change_account,
    find_held,
    held_by,
    on_account,
)
from paysandbox.stripe_api.connect.external_accounts import EXTERNAL_ACCOUNT, added, removed, updated
from paysandbox.stripe_api.lists.answer import list_answer
from paysandbox.stripe_api.lists.page import page_of_row
from paysandbox.stripe_api.lists.parameters import around_in
from paysandbox.stripe_api.objects.stored_object import Attributes, Cause, StoredObject, change_of, changed
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.resource_kit.operations import TRIES, Request
from paysandbox.stripe_api.resource_kit.rendering import render


def list_external_accounts(request: Request) -> StripeAnswer:
    """List the external accounts of an account, the latest first. One consistent read. None of them is a card."""
    query, version = request.call.query, request.call.stripe_version
    account = account_in_path(on_account(request))
    held = held_by(account, request.resource) if query.object in (None, request.resource.object) else ()
    bodies = [(each.id, render(request.resource, each, version)) for each in held]
    data, more = page_of_row(bodies, limit=query.limit, around=around_in(query, request.resource.noun, bodies))
    return list_answer(f"/v1/accounts/{account.id}/external_accounts", query, data, more=more)


def create(request: Request) -> StripeAnswer:
    """Add an external account. A read of the account, an idempotency record, and one conditional put."""
    body = request.call.body
    written = change_account(
        on_account(request), lambda account, cause: added(account.attributes, body, cause.operation_id)
    )
    latest, *_ = held_by(written.stored, request.resource)
    return answer_held(written, request.resource, latest, request.call.stripe_version, "created")


def get(request: Request) -> StripeAnswer:
    """Show an external account. One consistent read of its account."""
    found = find_held(account_in_path(on_account(request)), request.resource, request.call.path[EXTERNAL_ACCOUNT])
    return StripeAnswer(body=render(request.resource, found, request.call.stripe_version), outcome="shown")


def update(request: Request) -> StripeAnswer:
    """Update an external account. A read of its account, an idempotency record, and one conditional put."""
    name = request.call.path[EXTERNAL_ACCOUNT]

    def change(account: StoredObject, _: Cause) -> Attributes:
        find_held(account, request.resource, name)
        return updated(account.attributes, name, request.call.body)

    written = change_account(on_account(request), change)
    found = find_held(written.stored, request.resource, name)
    return answer_held(written, request.resource, found, request.call.stripe_version, "changed")


def delete(request: Request) -> StripeAnswer:
    """Delete an external account. A read of its account, and one conditional put.

    It is deleted once, as `operations.delete` deletes objects.
    """
    call, name, request_on_account = request.call, request.call.path[EXTERNAL_ACCOUNT], on_account(request)
    for _ in range(TRIES):
        account = account_in_path(request_on_account)
        entry = find_held(account, request.resource, name)
        left = changed(account, removed(account.attributes, name), request.cause(call.request_id, call.now))
        stored = request.put((left,))
        if stored and change_of(stored, call.request_id):
            body: Body = {
                "id": name,
                "object": request.resource.object,
                "currency": entry.attributes["currency"],
                "deleted": True,
            }
            return StripeAnswer(body=body, outcome="deleted")
    raise Contended
