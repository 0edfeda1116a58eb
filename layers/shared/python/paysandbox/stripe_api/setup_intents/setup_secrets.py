"""The secrets of a setup intent: its client secret, and the address of the page of a challenge.

Each is an HMAC of an ID, made when the intent is created or confirmed, and stored with it. With the client secret, the
holder of a publishable key can read and confirm this one intent. Everybody who has the address of a challenge can
complete it. It names the merchant and the attempt, whose ID contains that of its setup intent.
"""

import hashlib
import hmac
from typing import Final

from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.setup_intents.rules import SETUP_CHALLENGE_PATH

CLIENT_SECRET: Final = "client_secret"  # noqa: S105 - the name of a field

_SECRET_LENGTH: Final = 32
_TOKEN_LENGTH: Final = 26


def client_secret_of(setup_intent: str) -> str:
    """Return the client secret of a setup intent: `seti_<body>_secret_<160 bits>`."""
    return f"{setup_intent}_secret_{_hmac(CLIENT_SECRET, setup_intent, _SECRET_LENGTH)}"


def challenge_url(base_url: str, merchant: str, attempt: str) -> str:
    """Return the URL of the page of an attempt's challenge, under the address by which the merchant reached the API."""
    token = _hmac("setup_challenge", f"{merchant}:{attempt}", _TOKEN_LENGTH)
    return base_url + SETUP_CHALLENGE_PATH.format(merchant=merchant, challenge_id=attempt, token=token)


def is_address_of(url: str, token: str) -> bool:
    """Whether the URL of a page ends with this token. Takes the same time for every wrong token."""
    return hmac.compare_digest(token.encode(errors="replace"), url.rpartition("/")[2].encode())


def check_client_secret(stored: StoredObject, given: str | None, *, publishable: bool) -> None:
    """Refuse a secret that does not match the setup intent, and a publishable key without one.

    Raises Refused: parameter_missing, parameter_invalid.
    """
    if given is None:
        if publishable:
            raise Refused(
                Code.PARAMETER_MISSING, "A publishable key requires the setup intent's client_secret.", CLIENT_SECRET
            )
        return
    if not hmac.compare_digest(given.encode(errors="replace"), stored.attributes[CLIENT_SECRET].encode()):
        raise Refused(Code.PARAMETER_INVALID, "The client_secret does not match this setup intent.", CLIENT_SECRET)


def _hmac(purpose: str, of: str, length: int) -> str:
    # With the key that is never rotated: a page may use a secret for as long as its intent is open.
    digest = hmac.digest(hashing_keys().card, f"{purpose}:{of}".encode(), hashlib.sha256)
    return ids.base32(digest, length)
