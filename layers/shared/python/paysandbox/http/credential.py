"""API keys as the Stripe-compatible API takes them: how one is sent, the publishable one, and what is kept of both."""

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
    """What a key opens: everything of its merchant, or one intent at a time, together with that one's client secret."""

    SECRET = "secret"  # noqa: S105 - the word
    PUBLISHABLE = "publishable"


def credential_of(authorization: str) -> str | None:
    """The key that an Authorization header sends: as a bearer token, or as the user name of Basic (RFC 7617).

    None for everything that cannot be a key: another scheme, another form, a password beside the user name.
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
    """The publishable key beside a secret one: `pk_test_<merchant>_<secret of its own>`. Raises ValueError for no key.

    It follows from the secret key, so that it need not be kept to be shown again or revoked. The way back is closed:
    who would find the secret key would have to guess its 160 bits.
    """
    merchant = merchant_of(api_key)
    if merchant is None:
        raise ValueError("no secret key")
    digest = hashlib.sha256(f"publishable key of {api_key}".encode()).digest()
    return f"pk_test_{merchant}_{base32(digest, _SECRET_LENGTH)}"


def key_digest(key: str) -> str:
    """What is kept of a key instead of its text: SHA-256 of the whole of it, in hexadecimal.

    A slow hash would buy nothing. It protects what people choose, by making each guess dear; a key's secret is 160
    random bits, which nobody guesses at any price, and every request would wait for it.
    """
    return hashlib.sha256(key.encode()).hexdigest()


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:  # of another alphabet or length, or no UTF-8
        return ""
