# pyright: standard
"""The confirmation token that a confirmation names. What it has counts as if the request had named it.

What the request names itself has precedence, as Stripe documents ("Create a PaymentIntent", confirmation_token). A
token never changes before its use, which is one conditional write, by the attempt that it is used for. A request that
is refused before that has not used it.
"""

from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import replace
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.objects.confirmation_token import APPLIED, CONFIRMATION_TOKEN, expires_at
from paysandbox.stripe_api.objects.stored_object import StoredObject, touched
from paysandbox.stripe_api.requests import Shipping
from paysandbox.stripe_api.resource_kit.objects_table import get_object, use_object
from paysandbox.stripe_api.resource_kit.tables import objects_table

_NAMED: Final = "payment_method"


def with_stored_token(call: AnyStripeCall, name: str) -> tuple[AnyStripeCall, StoredObject]:
    """Return a call as if it had named what its confirmation token has, and the token. One read.

    A card that the token has itself is not among it: see `method_of`. Raises Refused(resource_not_found).
    """
    token = get_object(objects_table(), CONFIRMATION_TOKEN, call.merchant, name)
    if token is None:
        raise no_such(CONFIRMATION_TOKEN, name, CONFIRMATION_TOKEN)
    body = call.body
    own = body.model_fields_set | ({_NAMED} if body.payment_method_data is not None else set())
    taken = {
        name: token.attributes[name]
        for name in APPLIED
        if name in token.attributes and name in type(body).model_fields and name not in own
    }
    if "shipping" in taken:
        taken["shipping"] = Shipping.model_validate(taken["shipping"])
    return replace(call, body=body.model_copy(update=taken)), token


def use_token(call: AnyStripeCall, token: StoredObject, attempt_id: str) -> None:
    """Let an attempt use a token, in one conditional write. The same attempt can use it again.

    Raises Refused(parameter_invalid) if another one has used it, or if it has expired.
    """
    _check_time(call, token)
    used = use_object(objects_table(), CONFIRMATION_TOKEN, call.merchant, token.id, attempt_id)
    if used is None or used.used_by != attempt_id:
        raise _already_used(token)


def used_by(call: AnyStripeCall, token: StoredObject, attempt_id: str) -> StoredObject:
    """Return a token as an attempt uses it, for the transaction of that attempt. Raises Refused as `use_token` does."""
    _check_time(call, token)
    if token.used_by is not None:
        raise _already_used(token)
    return touched(replace(token, used_by=attempt_id))


def _check_time(call: AnyStripeCall, token: StoredObject) -> None:
    if call.now >= expires_at(token):
        raise _refused(token, "has expired. It can be used within 12 hours of its creation")


def _already_used(token: StoredObject) -> Refused:
    return _refused(token, "has already been used. It can be used once")


def _refused(token: StoredObject, why: str) -> Refused:
    """Return the refusal of a token. The words are ours: Stripe publishes none."""
    return Refused(Code.PARAMETER_INVALID, f"The ConfirmationToken {token.id} {why}.", CONFIRMATION_TOKEN)
