"""Requests below the path of a connected account: for its external accounts, its capabilities and its login links."""

from collections.abc import Callable

from paysandbox.core.record import replace
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.objects.stored_object import Attributes, Cause, StoredObject, changed
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.resource_kit.declaration import Resource, Stored
from paysandbox.stripe_api.resource_kit.operations import Request, Written, change_once
from paysandbox.stripe_api.resource_kit.rendering import render
from paysandbox.stripe_api.resources.accounts import ACCOUNT


def on_account(request: Request) -> Request:
    """Return a request as one for the account that the path names, as its platform's."""
    return replace(request, resource=ACCOUNT, call=ACCOUNT.rules.acts_for(request.call))


def account_in_path(request: Request) -> StoredObject:
    """Return the account that the path names, with a read. Raises Refused(forbidden)."""
    account = request.named()
    if account.deleted:
        raise request.unknown(account.id)
    return account


def held_by(account: StoredObject, resource: Resource) -> Stored:
    """Return the objects of a resource that are stored in an account."""
    return resource.rules.holder.objects_in(account) if resource.rules.holder else ()


def find_held(account: StoredObject, resource: Resource, name: str) -> StoredObject:
    """Return one of these objects by its ID. Raises Refused(resource_not_found)."""
    found = next((each for each in held_by(account, resource) if each.id == name), None)
    if found is None:
        raise no_such(resource.noun, name, "id", in_path=True)
    return found


def change_account(request: Request, change: Callable[[StoredObject, Cause], Attributes]) -> Written:
    """Store an account with the attributes that `change` returns, as `change_once` does."""

    def stored(current: StoredObject, cause: Cause) -> Stored:
        return (changed(current, change(current, cause), cause),)

    return change_once(request, account_in_path(request), stored)


def answer_held(written: Written, resource: Resource, held: StoredObject, version: str, outcome: str) -> StripeAnswer:
    """Answer with an object that is stored in the account that was written."""
    return StripeAnswer(
        body=render(resource, held, version),
        replayed=written.replayed,
        first_request=written.first_request,
        outcome=outcome,
    )
