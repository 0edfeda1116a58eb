"""API keys as the sandbox forms and stores them: `sk_test_<merchant>_<160 random bits>`, and their digests."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Final

_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"  # RFC 4648, section 6, in lower case
_SECRET_LENGTH: Final = 32  # of 5 bits each


def random_text(length: int) -> str:
    """Return this many random characters of base32, of 5 bits each."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def new_api_key(merchant: str) -> str:
    """Return a new API key of the merchant."""
    return f"sk_test_{merchant}_{random_text(_SECRET_LENGTH)}"


def new_operator_key() -> str:
    """Return a new operator's key, which moves the clock and opens nothing else."""
    return f"ok_test_{random_text(_SECRET_LENGTH)}"


def publishable_key(api_key: str) -> str:
    """Return the publishable key that belongs to an API key: `pk_test_<merchant>_<digest>`."""
    merchant = api_key.removeprefix("sk_test_").rpartition("_")[0]
    digest = hashlib.sha256(f"publishable key of {api_key}".encode()).digest()
    return f"pk_test_{merchant}_{base64.b32encode(digest).decode().lower()[:_SECRET_LENGTH]}"


def key_digest(key: str) -> str:
    """Return the digest that the sandbox stores instead of a key: SHA-256 in hexadecimal."""
    return hashlib.sha256(key.encode()).hexdigest()
