"""The secrets of a Checkout session: its client secret, and the address of its page.

Each is an HMAC of its merchant and its ID. Everybody who has the address of a session's page can pay it. With the
client secret, the holder of a publishable key can show the session in the merchant's own page.
"""

import hashlib
import hmac
from typing import Final

from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.core.ids import base32
from paysandbox.stripe_api.checkout.rules import PAGE_PATH

_SECRET_LENGTH: Final = 32
_TOKEN_LENGTH: Final = 26


def client_secret_of(merchant: str, session: str) -> str:
    """Return the client secret of a session: `<id>_secret_<160 bits>`."""
    return f"{session}_secret_{_hmac('checkout_secret', merchant, session, _SECRET_LENGTH)}"


def page_url(base_url: str, merchant: str, session: str) -> str:
    """Return the address of a session's page, under that by which the merchant reached the API."""
    token = _hmac("checkout_page", merchant, session, _TOKEN_LENGTH)
    return base_url + PAGE_PATH.format(merchant=merchant, session=session, token=token)


def is_token_of(merchant: str, session: str, token: str) -> bool:
    """Whether a page's address ends with this token. Takes the same time for every wrong token."""
    expected = _hmac("checkout_page", merchant, session, _TOKEN_LENGTH)
    return hmac.compare_digest(token.encode(errors="replace"), expected.encode())


def _hmac(purpose: str, merchant: str, session: str, length: int) -> str:
    # With the key that is never rotated: a page is open for up to a day.
    digest = hmac.digest(hashing_keys().card, f"{purpose}:{merchant}:{session}".encode(), hashlib.sha256)
    return base32(digest, length)
