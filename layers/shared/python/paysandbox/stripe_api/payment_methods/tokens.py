"""What a token that was created is used for, once: its card, or its security code. Names like `tok_visa` can be used
any number of times."""

from paysandbox.core import ids
from paysandbox.core.errors import Code
from paysandbox.core.record import replace
from paysandbox.payments.terms import Method
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.errors import StripeRefused, no_such
from paysandbox.stripe_api.objects.stored_method import method_in
from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.objects.token import CARD_TOKEN, CVC_TOKEN, TOKEN
from paysandbox.stripe_api.resource_kit.objects_table import use_object
from paysandbox.stripe_api.resource_kit.tables import objects_table


def card_of_token(call: AnyStripeCall, name: str, param: str) -> Method:
    """Return the card of a token, which the request uses up. A repeated request has the same key, and uses it again.

    Call it when nothing but the token can still be refused: a request that is refused later has used it too. Raises
    Refused of `param`: resource_not_found, and parameter_invalid for a token that another request has used.
    """
    return replace(method_in(_used(call, CARD_TOKEN, name, param)), id=None)


def use_security_code(call: AnyStripeCall, name: str, param: str) -> None:
    """Use up the token of a security code, of which nothing is stored. Raises Refused as `card_of_token` does."""
    _used(call, CVC_TOKEN, name, param)


def _used(call: AnyStripeCall, prefix: str, name: str, param: str) -> StoredObject:
    if not ids.has_form(prefix, name):
        raise no_such("token", name, param)
    request = ids.derive(prefix, call.merchant, call.key)
    token = use_object(objects_table(), TOKEN, call.merchant, name, request)
    if token is None:
        raise no_such("token", name, param)
    if token.used_by != request:
        raise used_already(name, param)
    return token


def used_already(name: str, param: str) -> StripeRefused:
    """Return the refusal of a token that another request has used."""
    detail = f"You cannot use a Stripe token more than once: {name}."
    return StripeRefused(Code.PARAMETER_INVALID, detail, param, stripe_code="token_already_used")
