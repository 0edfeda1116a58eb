"""POST /v1/oauth/token: exchange an authorization code for the account that was connected."""

from paysandbox.core.record import replace
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.connect.oauth import already_used, check_lifetime, read_code, token_of
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.errors import StripeRefused
from paysandbox.stripe_api.ids import application_id, new_account_id
from paysandbox.stripe_api.objects.stored_object import Cause, new_object
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CreateOAuthToken
from paysandbox.stripe_api.resource_kit.declaration import ALREADY_EXISTS, Stored
from paysandbox.stripe_api.resource_kit.operations import Request, create_once
from paysandbox.stripe_api.resource_kit.parameters import shape_of
from paysandbox.stripe_api.resources.accounts import ACCOUNT
from paysandbox.stripe_api.routes import CREATE_OAUTH_TOKEN


@stripe_endpoint(CREATE_OAUTH_TOKEN)
def handler(call: StripeCall[CreateOAuthToken, None]) -> StripeAnswer:
    """An idempotency record, and one transaction: the account, whose ID is derived from the code, and its platform."""
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
