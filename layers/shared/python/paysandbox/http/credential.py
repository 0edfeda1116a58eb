"""API keys of the Stripe-compatible API: how a request sends one, the publishable key, and the stored digest."""

import base64
import hashlib
import re
from enum import StrEnum
from typing import Final

from paysandbox.core.ids import base32
from paysandbox.core.merchant import MERCHANT_PATTERN, merchant_of

_SECRET_LENGTH: Final = 32  # of 5 bits each: 160 bits
_KEY = re.compile(rf"[sp]k_test_{MERCHANT_PATTERN}_[A-Za-z0-9]{{16,64}}")


class KeyKind(StrEnum):
    """What a key grants: full access to its merchant, or access to one intent together with its client secret."""

    SECRET = "secret"  # noqa: S105 - the word
    PUBLISHABLE = "publishable"


def credential_of(authorization: str) -> str | None:
    """Return the key in an Authorization header: a bearer token, or the user name of Basic (RFC 7617).

    None for anything that cannot be a key: another scheme or format, or a password next to the user name.
    """
    scheme, _, sent = authorization.strip().partition(" ")
    sent = sent.strip()
    if scheme.lower() == "basic":
        sent, _, password = _decoded(sent).partition(":")
        if password:
            return None
    elif scheme.lower() != "bearer":
        return None
    return sent if _KEY.fullmatch(sent) else None


def publishable_key(api_key: str) -> str:
    """Return the publishable key that belongs to a secret one: `pk_test_<merchant>_<its own secret>`.

    Raises ValueError for text that is no secret key. The publishable key is derived from the secret key, so it need not
    be stored to be displayed or revoked. It cannot be reversed: finding the secret key means guessing its 160 bits.
    """
    merchant = merchant_of(api_key)
    if merchant is None:
        raise ValueError("no secret key")
    digest = hashlib.sha256(f"publishable key of {api_key}".encode()).digest()
    return f"pk_test_{merchant}_{base32(digest, _SECRET_LENGTH)}"


def key_digest(key: str) -> str:
    """Return the digest that is stored instead of a key: SHA-256 of the whole key, in hexadecimal.

    A slow hash would add nothing here. It protects secrets that people choose by making each guess expensive. A key has
    160 random bits, which cannot be guessed at any cost, and a slow hash would delay every request.
    """
    return hashlib.sha256(key.encode()).hexdigest()


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:  # not Base64, or not UTF-8
        return ""
