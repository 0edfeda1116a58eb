"""The address of a 3-D Secure challenge's page. Whoever has it can complete the challenge, and nobody else.

It contains the challenge's ID and a token: an HMAC of the ID. The token is derived and never stored, so checking one
takes no read, and an ID that does not exist is rejected in the same way as a wrong token.
"""

import hashlib
import hmac
from typing import Final

from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.core.ids import base32

PATH: Final = "/authenticate/{challenge_id}/{token}"

_PURPOSE: Final = b"challenge:"
_LENGTH: Final = 26


def challenge_url(base_url: str, challenge_id: str) -> str:
    """Return the URL of a challenge's page. `base_url` is the API's address, without a slash at its end."""
    return base_url + PATH.format(challenge_id=challenge_id, token=_token_of(challenge_id))


def is_token_of(challenge_id: str, token: str) -> bool:
    """Whether a token is that of a challenge. Takes the same time for every wrong token."""
    return hmac.compare_digest(token.encode(errors="replace"), _token_of(challenge_id).encode())


def _token_of(challenge_id: str) -> str:
    # With the key that is never rotated: the first answer to an authorization is repeated for as long as it is kept.
    digest = hmac.digest(hashing_keys().card, _PURPOSE + challenge_id.encode(), hashlib.sha256)
    return base32(digest, _LENGTH)
