"""Sources of cards that are created by themselves: the card that the request sends, and the client secret.

A source is stored as a payment method, so that it pays wherever one does, and what only a Source has with it. With the
client secret, which is an HMAC of the source's ID, the holder of a publishable key can read this one source.
"""

import hashlib
import hmac
import json
from typing import Any, Final

from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.core.json_text import json_text
from paysandbox.core.record import replace
from paysandbox.payments.terms import Method
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.errors import missing
from paysandbox.stripe_api.objects.source import CLIENT_SECRET, OWN
from paysandbox.stripe_api.objects.stored_method import method_attributes
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject, without_defaults
from paysandbox.stripe_api.payment_methods.bank import GIVEN, card_of, typed_method
from paysandbox.stripe_api.requests import CardTyped, CreateSource

_SECRET_LENGTH: Final = 32


def source_attributes(call: StripeCall[CreateSource, None]) -> Attributes:
    """Return what is stored of a new source, but for its client secret. It uses up the token that the request names.

    Raises Refused: parameter_missing without a card, parameter_invalid with two, and as `typed_method` does.
    """
    body = call.body
    if body.card is not None and body.token is not None:
        raise Refused(Code.PARAMETER_INVALID, "You may only specify one of these parameters: card, token.", "token")
    if body.token is not None:
        method = _with_owner(card_of(call, body.token, "token"), body)
    elif body.card is not None:
        typed = CardTyped.model_construct(**body.card.model_dump(), token=None)
        method = typed_method(call, typed, body.owner)
    else:
        raise missing("card")
    own = without_defaults({"currency": body.currency.lower() if body.currency else None})
    return {**method_attributes(method, metadata=body.metadata), OWN: own}


def with_client_secret(attributes: Attributes, source: str) -> Attributes:
    """Return the attributes of a new source with its client secret: `src_client_secret_<160 bits>`."""
    # With the key that is never rotated: a page may read a source for as long as it is stored.
    digest = hmac.digest(hashing_keys().card, f"{OWN}:{source}".encode(), hashlib.sha256)
    secret = f"src_{CLIENT_SECRET}_{ids.base32(digest, _SECRET_LENGTH)}"
    return {**attributes, OWN: {**attributes[OWN], CLIENT_SECRET: secret}}


def check_client_secret(stored: StoredObject, given: str | None, *, publishable: bool) -> None:
    """Refuse a secret that does not match the source, and a publishable key without one.

    Raises Refused: parameter_missing, parameter_invalid.
    """
    if given is None:
        if publishable:
            detail = "A publishable key requires the source's client_secret."
            raise Refused(Code.PARAMETER_MISSING, detail, CLIENT_SECRET)
        return
    if not hmac.compare_digest(given.encode(errors="replace"), stored.attributes[OWN][CLIENT_SECRET].encode()):
        raise Refused(Code.PARAMETER_INVALID, "The client_secret does not match this source.", CLIENT_SECRET)


def _with_owner(method: Method, body: CreateSource) -> Method:
    """Return the card of a token with the owner of the request. What the token has itself has precedence.

    Source: Stripe, "Create a source" (API reference), `token`.
    """
    owner: dict[str, Any] = body.owner.model_dump(exclude_unset=True) if body.owner else {}
    of_token: dict[str, Any] = json.loads(method.billing_details) if method.billing_details else {}
    details = owner | of_token
    address: dict[str, Any] = details.get("address") or {}
    sent = {"zip": address.get("postal_code"), "line1": address.get("line1")}
    given = tuple(name for name in GIVEN if name in method.given or sent.get(name))
    return replace(method, given=given, billing_details=json_text(details) if details else None)
