# pyright: standard
"""Ephemeral keys: how one is made, and what the authorizer finds of the one that a request sends.

The secret is an HMAC of merchant and ID, so that a repeated request gets it again. Stored are its digest, its customer,
and the digest of the key that created it: once that is revoked, or another merchant's, the ephemeral key opens nothing.

A request with one is metered by a key of API Gateway whose text is no secret: the publishable key of the key that
created it, or, of a key that was issued elsewhere, its digest, which is that key's text there.
"""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.aws.runtime import wall_now
from paysandbox.core.ids import base32
from paysandbox.core.record import record
from paysandbox.http.keys.api_keys import get_key
from paysandbox.http.keys.credential import (
    KeyKind,
    credential_of,
    ephemeral_key,
    ephemeral_key_named,
    is_issued_elsewhere,
    key_digest,
    publishable_key,
)
from paysandbox.http.keys.known_keys import api_keys
from paysandbox.stripe_api.ephemeral.key import CUSTOMER, EPHEMERAL_KEY, PREFIX, expires_of
from paysandbox.stripe_api.objects.stored_object import Attributes
from paysandbox.stripe_api.resource_kit.objects_table import get_object
from paysandbox.stripe_api.resource_kit.tables import objects_table

_DIGEST: Final = "digest"
_CREATOR: Final = "created_with"
_METERED_BY: Final = "metered_by"
_PLATFORM: Final = "platform"
_SECRET_LENGTH: Final = 32


@record(kw_only=True)
class EphemeralKey:
    """An ephemeral key that opens its customer: its ID, until when (Unix seconds), and the key to meter it by."""

    id: str
    merchant: str
    customer: str
    expires: int
    metered_by: str


def secret_of(merchant: str, key_id: str) -> str:
    """Return the secret of an ephemeral key: `ek_test_<merchant>_<ID><160 bits>`."""
    digest = hmac.digest(hashing_keys().card, f"{EPHEMERAL_KEY}:{merchant}:{key_id}".encode(), hashlib.sha256)
    return ephemeral_key(merchant, key_id.partition("_")[2], base32(digest, _SECRET_LENGTH))


def attributes_of(customer: str, secret: str, creator: str, platform: str | None) -> Attributes:
    """Return what is stored of a new key, given the text of the secret key that creates it.

    `platform` is the merchant of that one, if the customer is a connected account's.
    """
    digest = key_digest(creator)
    return {
        CUSTOMER: customer,
        _DIGEST: key_digest(secret),
        _CREATOR: digest,
        _METERED_BY: digest if is_issued_elsewhere(creator) else publishable_key(creator),
        **({_PLATFORM: platform} if platform else {}),
    }


def known_ephemeral_key(authorization: Sequence[str]) -> EphemeralKey | None:
    """Return the ephemeral key in the values of an Authorization header, or None if there is none that opens anything.

    Several values count as none. Takes two reads, and none for a key that the sandbox did not make, which anybody may
    send: its secret is not that of its ID. Both are compared in constant time. It may have expired by the sandbox's
    clock, which is never behind: the handlers compare that.
    """
    text = credential_of(authorization[0]) if len(authorization) == 1 else None
    named = ephemeral_key_named(text) if text else None
    if text is None or named is None:
        return None
    merchant, body = named
    key_id = f"{PREFIX}_{body}"
    if not hmac.compare_digest(secret_of(merchant, key_id), text):
        return None
    stored = get_object(objects_table(), EPHEMERAL_KEY, merchant, key_id)
    if stored is None or not hmac.compare_digest(stored.attributes[_DIGEST], key_digest(text)):
        return None
    expires = expires_of(stored)
    if stored.deleted or wall_now().timestamp() >= expires:
        return None
    creator = get_key(api_keys(), stored.attributes[_CREATOR])
    owner = stored.attributes.get(_PLATFORM, merchant)
    if creator is None or (creator.merchant, creator.kind) != (owner, KeyKind.SECRET):
        return None
    return EphemeralKey(
        id=stored.id,
        merchant=merchant,
        customer=stored.attributes[CUSTOMER],
        expires=expires,
        metered_by=stored.attributes[_METERED_BY],
    )
