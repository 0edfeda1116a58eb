"""OAuth: routes that connect and disconnect an account."""

from datetime import datetime

from paysandbox.core.errors import Contended
from paysandbox.core.record import replace
from paysandbox.payments.idempotency import run_idempotent
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.connect.oauth import (
    already_used,
    check_application,
    check_lifetime,
    not_connected,
    read_code,
    token_of,
)
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.errors import StripeRefused
from paysandbox.stripe_api.ids import application_id, merchant_of_account, new_account_id
from paysandbox.stripe_api.objects.stored_object import Cause, change_of, deleted, new_object
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CreateOAuthToken, DeauthorizeAccount
from paysandbox.stripe_api.resource_kit.declaration import ALREADY_EXISTS, Stored
from paysandbox.stripe_api.resource_kit.operations import TRIES, Request, create_once
from paysandbox.stripe_api.resource_kit.parameters import shape_of
from paysandbox.stripe_api.resources.accounts import ACCOUNT
from paysandbox.stripe_api.routes import CREATE_OAUTH_TOKEN, DEAUTHORIZE_ACCOUNT


@stripe_endpoint(CREATE_OAUTH_TOKEN)
def create_oauth_token(call: StripeCall[CreateOAuthToken, None]) -> StripeAnswer:
    """POST /v1/oauth/token: exchange an authorization code for the account that was connected.

    An idempotency record, and one transaction: the account, whose ID is derived from the code, and its platform.
    """
    call = ACCOUNT.rules.acts_for(call)
    code = read_code(call.body.code, application_id(call.merchant))
    request = Request(RESOURCES, ACCOUNT, replace(call, body=shape_of(ACCOUNT, "create").shape()()))

    def make(account_id: str, cause: Cause) -> Stored:
        check_lifetime(code, cause.at)
        new = new_object(call.merchant, ACCOUNT.object, account_id, {}, cause)
        return ACCOUNT.rules.together(request.draft(new, None, cause))

    try:
        written = create_once(request, make, chosen=new_account_id(code.text))
    except StripeRefused as refused:
        if refused.stripe_code != ALREADY_EXISTS:
            raise
        raise already_used() from refused
    return StripeAnswer(
        body=token_of(code, written.stored.id),
        replayed=written.replayed,
        first_request=written.first_request,
        outcome="created",
    )


@stripe_endpoint(DEAUTHORIZE_ACCOUNT)
def deauthorize_account(call: StripeCall[DeauthorizeAccount, None]) -> StripeAnswer:
    """POST /v1/oauth/deauthorize: disconnect an account from the platform.

    An idempotency record, a read, and one conditional put of a tombstone: the account is deleted.
    """
    call, name = ACCOUNT.rules.acts_for(call), call.body.stripe_user_id
    check_application(call.body.client_id, application_id(call.merchant))
    request = Request(RESOURCES, ACCOUNT, call)

    def put(operation_id: str, at: datetime) -> str:
        """Return the request that disconnected the account."""
        for _ in range(TRIES):
            current = request.read(ACCOUNT.object, name) if merchant_of_account(name) else None
            done = change_of(current, operation_id) if current else None
            if done is not None:
                return done.cause.request_id
            if current is None or current.deleted:
                raise not_connected(name)
            tombstone = deleted(current, current.attributes, request.cause(operation_id, at))
            if request.put((tombstone,)) is tombstone:
                return call.request_id
        raise Contended

    first, replayed = run_idempotent(call, ACCOUNT.prefix, put)
    return StripeAnswer(body={"stripe_user_id": name}, replayed=replayed, first_request=first, outcome="deleted")
