"""Client secrets: what lets whoever holds a publishable key see and confirm one intent, and no other.

Derived, never stored: an HMAC of the payment's id. So one is checked without a read, and an id that does not exist is
refused as a wrong secret is.
"""

import hashlib
import hmac
from typing import Final

from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.core.errors import Code, Refused
from paysandbox.core.ids import AUTHORIZATION, base32
from paysandbox.http.request import AnyCall

_PURPOSE: Final = b"client_secret:"
_LENGTH: Final = 32
_PARAM: Final = "client_secret"


def client_secret_of(payment_id: str) -> str:
    """The client secret of the intent that a payment is: `pi_<body>_secret_<160 bits>`."""
    # Under the key that is never rotated: a page may hold a secret for as long as its intent is open.
    digest = hmac.digest(hashing_keys().card, _PURPOSE + payment_id.encode(), hashlib.sha256)
    return f"pi_{payment_id.removeprefix(AUTHORIZATION + '_')}_secret_{base32(digest, _LENGTH)}"


def check_client_secret(call: AnyCall, payment_id: str, given: str | None) -> None:
    """Refuse a secret that is not the intent's, and a publishable key without one.

    Raises Refused: parameter_missing, parameter_invalid.
    """
    if given is None:
        if call.publishable:
            raise Refused(Code.PARAMETER_MISSING, "A publishable key needs the client_secret of the intent.", _PARAM)
        return
    if not hmac.compare_digest(given.encode(errors="replace"), client_secret_of(payment_id).encode()):
        raise Refused(
            Code.PARAMETER_INVALID, "The client_secret does not match the one of this payment intent.", _PARAM
        )
