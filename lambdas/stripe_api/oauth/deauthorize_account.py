"""POST /v1/oauth/deauthorize: disconnect an account from the platform."""

from datetime import datetime

from paysandbox.core.errors import Contended
from paysandbox.payments.idempotency import run_idempotent
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.connect.oauth import check_application, not_connected
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.ids import application_id, merchant_of_account
from paysandbox.stripe_api.objects.stored_object import change_of, deleted
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import DeauthorizeAccount
from paysandbox.stripe_api.resource_kit.operations import TRIES, Request
from paysandbox.stripe_api.resources.accounts import ACCOUNT
from paysandbox.stripe_api.routes import DEAUTHORIZE_ACCOUNT


@stripe_endpoint(DEAUTHORIZE_ACCOUNT)
def handler(call: StripeCall[DeauthorizeAccount, None]) -> StripeAnswer:
    """An idempotency record, a read, and one conditional put of a tombstone: the account is deleted."""
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
