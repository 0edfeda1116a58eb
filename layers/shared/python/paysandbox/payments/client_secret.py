"""Client secrets, with which the holder of a publishable key can read and confirm one intent and no other.

Derived, never stored: an HMAC of the payment's ID. So checking one takes no read, and an ID that does not exist is
rejected in the same way as a wrong secret.
"""

import hashlib
import hmac
from typing import Final

from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.core.ids import AUTHORIZATION, base32

_PURPOSE: Final = b"client_secret:"
_LENGTH: Final = 32


def client_secret_of(payment_id: str) -> str:
    """Return the client secret of a payment's intent: `pi_<body>_secret_<160 bits>`."""
    # Made with the key that is never rotated: a page may use a secret for as long as its intent is open.
    digest = hmac.digest(hashing_keys().card, _PURPOSE + payment_id.encode(), hashlib.sha256)
    return f"pi_{payment_id.removeprefix(AUTHORIZATION + '_')}_secret_{base32(digest, _LENGTH)}"
