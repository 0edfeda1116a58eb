"""The URL of a merchant's inbox. It is a secret: everybody who has it can put webhooks into the inbox.

It ends with a token: the merchant, and an HMAC of it. The token is derived and never stored, so making one and checking
one takes no read, and a merchant that does not exist is refused in the same way as a wrong token.
"""

import hashlib
import hmac
from typing import Final

from paysandbox.aws import runtime
from paysandbox.core.errors import Code, Refused
from paysandbox.core.ids import base32
from paysandbox.inbox.routes import INBOX_PATH
from paysandbox.webhooks.endpoints.secrets import master
from paysandbox.webhooks.outbound.target import INBOX_TOKEN

# The secrets of endpoints are HMACs of `we_….<version>` with the same key, so no token is a secret of an endpoint.
_PURPOSE: Final = b"inbox:"
_LENGTH: Final = 32  # of 5 bits each: 160 bits


def inbox_url(merchant: str, base_url: str) -> str:
    """Return the URL of a merchant's inbox. `base_url` is the address by which the merchant reached the API.

    Locally, webhooks are sent from this machine, whatever the name by which the merchant reached it.
    """
    port = runtime.engine_port()
    address = base_url if port is None else f"http://127.0.0.1:{port}"
    return address + INBOX_PATH.format(token=token_of(merchant))


def token_of(merchant: str) -> str:
    """Return the token of a merchant's inbox."""
    digest = hmac.digest(master(), _PURPOSE + merchant.encode(), hashlib.sha256)
    return f"{merchant}_{base32(digest, _LENGTH)}"


def merchant_of_token(token: str) -> str:
    """Return the merchant of a token. Takes the same time for every wrong one of the right form.

    Raises Refused(resource_not_found).
    """
    merchant = token.partition("_")[0] if INBOX_TOKEN.fullmatch(token) else ""
    if not merchant or not hmac.compare_digest(token.encode(), token_of(merchant).encode()):
        raise Refused(Code.RESOURCE_NOT_FOUND, "There is no inbox at this URL. GET /sandbox/inbox returns yours.")
    return merchant
