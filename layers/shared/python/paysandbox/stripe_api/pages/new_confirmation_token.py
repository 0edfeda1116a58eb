# pyright: standard
"""New confirmation tokens: what is stored of one is its payment method as of now, and how to confirm with it."""

from typing import Final

from paysandbox.aws.runtime import settings_of
from paysandbox.aws.settings import LedgerSettings
from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import replace
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.errors import missing, no_such
from paysandbox.stripe_api.ids import payment_of_method
from paysandbox.stripe_api.objects.confirmation_token import OF_METHOD
from paysandbox.stripe_api.objects.stored_method import CUSTOMER, is_spent, method_attributes
from paysandbox.stripe_api.objects.stored_object import Attributes, Cause, new_object, without_defaults
from paysandbox.stripe_api.pages.client_context import CLIENT_CONTEXT
from paysandbox.stripe_api.pages.customer_session import check_may_use, session_of
from paysandbox.stripe_api.payment_intents.intent_terms import check_url
from paysandbox.stripe_api.payment_methods.bank import published_method, typed_method
from paysandbox.stripe_api.payment_methods.cards import number_of_method
from paysandbox.stripe_api.payment_methods.lookup import stored_method
from paysandbox.stripe_api.payment_methods.refusals import not_theirs, used_before
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.requests import CreateConfirmationToken, CreateConfirmationTokenOfPage
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import Request, create_once
from paysandbox.stripe_api.resources.confirmation_tokens import CONFIRMATION_TOKENS

_NAMED: Final = "payment_method"

TokenCall = StripeCall[CreateConfirmationToken, None] | StripeCall[CreateConfirmationTokenOfPage, None]
"""The call of a server in a test, or of a page, which can name no payment method."""


def store_confirmation_token(call: TokenCall) -> StripeAnswer:
    """Store a new token, and answer with it. It is kept as long as payments are.

    An idempotency record, then one conditional put. A payment method that is named is read first. Raises Refused:
    parameter_missing without a payment method, parameter_invalid with two or one that was detached, resource_not_found,
    url_not_allowed, and as `typed_method` does.
    """
    request = Request(RESOURCES, CONFIRMATION_TOKENS, call)
    tree = request.expanded(call.body.expand)
    retention_s = settings_of(LedgerSettings).retention_s

    def make(token_id: str, cause: Cause) -> Stored:
        new = new_object(call.merchant, CONFIRMATION_TOKENS.object, token_id, _new_token(call), cause)
        return (replace(new, listed=False, purge_at=int(cause.at.timestamp()) + retention_s),)

    return create_once(request, make).answer(request, tree, outcome="created")


def _new_token(call: TokenCall) -> Attributes:
    body = call.body
    if body.return_url:
        check_url(body.return_url)
    declared = body.client_context if isinstance(body, CreateConfirmationTokenOfPage) else None
    sent = {
        CLIENT_CONTEXT: declared.model_dump(exclude_none=True) if declared else None,
        "return_url": body.return_url,
        "setup_future_usage": body.setup_future_usage,
        "shipping": body.shipping.model_dump(exclude_none=True) if body.shipping else None,
    }
    return without_defaults({**_new_method(call), **sent})


def _new_method(call: TokenCall) -> Attributes:
    name, data = call.body.payment_method, call.body.payment_method_data
    if name and data is not None:
        detail = f"You may only specify one of these parameters: {_NAMED}, {_NAMED}_data."
        raise Refused(Code.PARAMETER_INVALID, detail, f"{_NAMED}_data")
    if data is not None:
        typed = typed_method(call, data.card, data.billing_details, within=f"{_NAMED}_data[card]")
        method = replace(typed, allow_redisplay=data.allow_redisplay)
        return method_attributes(method, metadata=data.metadata)
    if not name:
        raise missing(_NAMED if isinstance(call.body, CreateConfirmationToken) else f"{_NAMED}_data")
    if isinstance(call.body, CreateConfirmationTokenOfPage):
        return _redisplayed(call, call.body, name)
    if (number := number_of_method(name)) is not None:
        return method_attributes(published_method(number, call.merchant, call.now))
    stored = stored_method(call.merchant, name)
    if stored is None and payment_of_method(name) is None:
        raise no_such("PaymentMethod", name, _NAMED)
    if stored is None or is_spent(stored):
        raise used_before()
    return {_NAMED: name, **{each: stored.attributes.get(each) for each in (*OF_METHOD, CUSTOMER)}}


def _redisplayed(call: TokenCall, body: CreateConfirmationTokenOfPage, name: str) -> Attributes:
    """Return a card that a page names, which its customer session has to show it."""
    session = session_of(call, body.customer_session_client_secret)
    check_may_use(call, session, name, feature="redisplay", param=_NAMED)
    stored = stored_method(call.merchant, name)
    if stored is None or stored.attributes.get(CUSTOMER) != session.attributes[CUSTOMER]:
        raise not_theirs(name)
    return {_NAMED: name, **{each: stored.attributes.get(each) for each in (*OF_METHOD, CUSTOMER)}}
