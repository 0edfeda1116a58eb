"""Tokens: the route that creates one."""

from typing import Final

from paysandbox.aws.runtime import settings_of
from paysandbox.aws.settings import LedgerSettings
from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import replace
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.objects.stored_method import method_attributes
from paysandbox.stripe_api.objects.stored_object import Cause, new_object
from paysandbox.stripe_api.objects.token import CVC_TOKEN, TOKEN
from paysandbox.stripe_api.payment_methods.typed_sources import typed_source
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CreateToken
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import Request, create_once
from paysandbox.stripe_api.resources.tokens import TOKENS
from paysandbox.stripe_api.routes import CREATE_TOKEN

_NEITHER: Final = "You must supply either a card, customer, PII data, bank account, or account to create a token."
"""Stripe's words."""


@stripe_endpoint(CREATE_TOKEN)
def create_token(call: StripeCall[CreateToken, None]) -> StripeAnswer:
    """POST /v1/tokens: create a token of a card, without its number, or of a security code, of which nothing is stored.

    An idempotency record, then one conditional put. A token is kept as long as payments are.
    """
    body, request = call.body, Request(RESOURCES, TOKENS, call)
    tree = request.expanded(body.expand)
    if body.card is None and body.cvc_update is None:
        raise Refused(Code.PARAMETER_INVALID, _NEITHER)
    if body.card is not None and body.cvc_update is not None:
        raise Refused(Code.PARAMETER_INVALID, "You may only specify one of these parameters: card, cvc_update.")
    attributes = method_attributes(typed_source(call, body.card, "card")) if body.card else {}
    retention_s = settings_of(LedgerSettings).retention_s

    def make(token_id: str, cause: Cause) -> Stored:
        name = token_id if attributes else f"{CVC_TOKEN}_{token_id.partition('_')[2]}"
        new = new_object(call.merchant, TOKEN, name, attributes, cause)
        return (replace(new, listed=False, purge_at=int(cause.at.timestamp()) + retention_s),)

    return create_once(request, make).answer(request, tree, outcome="created")
