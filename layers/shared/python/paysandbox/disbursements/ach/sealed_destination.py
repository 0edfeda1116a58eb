"""Seal the bank account of a collected entry (AES-GCM), so that reading the table does not show it.

The key is derived from the environment's key for card numbers, which never changes. Importing this module loads
`cryptography`, so only functions that send payouts import it.
"""

import json
from functools import cache
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from paysandbox.aws import runtime
from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.core.json_text import json_text
from paysandbox.disbursements.ach.destination import Destination

_NONCE_BYTES: Final = 12


def seal_destination(destination: Destination, entry_id: str) -> bytes:
    """Return a bank account that only `open_destination` with the same entry's ID can read."""
    nonce = runtime.random_nonce()
    text = json_text(
        {
            "routing_number": destination.routing_number,
            "account_number": destination.account_number,
            "account_type": destination.account_type,
            "holder": destination.holder,
        }
    )
    return nonce + AESGCM(_key(hashing_keys().card)).encrypt(nonce, text.encode(), entry_id.encode())


def open_destination(sealed: bytes, entry_id: str) -> Destination:
    """Return a sealed bank account. Raises InvalidTag if it was sealed for another entry, or under another key."""
    nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    found: Any = json.loads(AESGCM(_key(hashing_keys().card)).decrypt(nonce, content, entry_id.encode()))
    return Destination(**found)


@cache
def _key(secret: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"paysandbox ach destination").derive(secret)
