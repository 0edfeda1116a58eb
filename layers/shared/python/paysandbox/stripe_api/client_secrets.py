"""Client secrets, with which the holder of a publishable key can read and confirm one intent and no other.

Derived, never stored: an HMAC of the payment's ID. So checking one takes no read, and an ID that does not exist is
rejected in the same way as a wrong secret.
"""

import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.core.errors import Code, Refused
from paysandbox.core.ids import AUTHORIZATION, base32

if TYPE_CHECKING:
    # The webhook workers use this module and read no requests.
    from paysandbox.http.request import AnyCall

_PURPOSE: Final = b"client_secret:"
_LENGTH: Final = 32
_PARAM: Final = "client_secret"


def client_secret_of(payment_id: str) -> str:
    """Return the client secret of a payment's intent: `pi_<body>_secret_<160 bits>`."""
    # Made with the key that is never rotated: a page may use a secret for as long as its intent is open.
    digest = hmac.digest(hashing_keys().card, _PURPOSE + payment_id.encode(), hashlib.sha256)
    return f"pi_{payment_id.removeprefix(AUTHORIZATION + '_')}_secret_{base32(digest, _LENGTH)}"


def check_client_secret(call: "AnyCall", payment_id: str, given: str | None) -> None:
    """Reject a secret that does not match the intent, and a publishable key without one.

    Raises Refused: parameter_missing, parameter_invalid.
    """
    if given is None:
        if call.publishable:
            raise Refused(Code.PARAMETER_MISSING, "A publishable key requires the intent's client_secret.", _PARAM)
        return
    if not hmac.compare_digest(given.encode(errors="replace"), client_secret_of(payment_id).encode()):
        raise Refused(Code.PARAMETER_INVALID, "The client_secret does not match this payment intent.", _PARAM)
