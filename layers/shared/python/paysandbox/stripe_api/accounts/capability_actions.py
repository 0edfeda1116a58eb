# pyright: standard
"""What requests do with the capabilities of a connected account, which are stored in it."""

from paysandbox.stripe_api.accounts.requests_on_accounts import (
    account_in_path,
    answer_held,
    change_account,
    find_held,
    held_by,
    on_account,
)
from paysandbox.stripe_api.connect.capabilities import with_requested
from paysandbox.stripe_api.objects.render import render_list
from paysandbox.stripe_api.objects.stored_object import Attributes, Cause, StoredObject
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.resource_kit.operations import Request
from paysandbox.stripe_api.resource_kit.rendering import render


def list_capabilities(request: Request) -> StripeAnswer:
    """List the capabilities of an account, by name. One consistent read. The list is complete."""
    account = account_in_path(on_account(request))
    version = request.call.stripe_version
    data = [render(request.resource, each, version) for each in held_by(account, request.resource)]
    url = f"/v1/accounts/{account.id}/capabilities"
    return StripeAnswer(body=render_list(url, data, has_more=False), outcome="listed")


def get(request: Request) -> StripeAnswer:
    """Show a capability. One consistent read of its account."""
    account = account_in_path(on_account(request))
    found = find_held(account, request.resource, request.call.path[request.resource.object])
    return StripeAnswer(body=render(request.resource, found, request.call.stripe_version), outcome="shown")


def update(request: Request) -> StripeAnswer:
    """Request a capability, or no longer. A read of the account, an idempotency record, and one conditional put."""
    name = request.call.path[request.resource.object]

    def change(account: StoredObject, cause: Cause) -> Attributes:
        return with_requested(account.attributes, name, request.call.body.requested, cause.at)

    written = change_account(on_account(request), change)
    found = find_held(written.stored, request.resource, name)
    return answer_held(written, request.resource, found, request.call.stripe_version, "changed")
