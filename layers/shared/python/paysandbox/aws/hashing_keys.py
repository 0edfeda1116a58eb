"""An environment's hashing keys: the keys of the HMACs over card numbers and request bodies.

Stored in Secrets Manager as JSON `{"card": "<base64>", "body": {"1": "<base64>"}, "current": 1}`. `card` never changes,
or one card would have two IDs. `body` is versioned, and every item stores its version.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, cast

from paysandbox.aws import runtime
from paysandbox.aws.settings import HashingKeySettings
from paysandbox.core.idempotency_record import Fingerprint
from paysandbox.core.record import record

_encode: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


@record
class HashingKeys:
    """The key for card numbers, the keys for request bodies by version, and the version for new items."""

    card: bytes
    body: Mapping[int, bytes]
    current: int


@cache
def hashing_keys() -> HashingKeys:
    """Return the environment's hashing keys. Read once per execution environment."""
    name = runtime.settings_of(HashingKeySettings).hashing_keys_secret
    secret = json.loads(runtime.secrets_manager().get_secret_value(SecretId=name)["SecretString"])
    body = {int(version): base64.b64decode(key) for version, key in secret["body"].items()}
    return HashingKeys(base64.b64decode(secret["card"]), body, int(secret["current"]))


def canonical(sent: Any) -> bytes:
    """Serialize a body as it was sent, before defaults, independent of whitespace and key order.

    Drops the security code: per PCI DSS 3.3.1 it is not stored after authorization, not even hashed.
    """
    return _encode(_without_cvc(sent)).encode()


def _without_cvc(sent: Any) -> Any:
    """Remove the `cvc` of every `card`, at any depth."""
    if not isinstance(sent, dict):
        return sent
    entries = cast("dict[str, Any]", sent).items()
    result = {name: _without_cvc(value) if isinstance(value, dict) else value for name, value in entries}
    if isinstance(result.get("card"), dict):
        result["card"].pop("cvc", None)
    return result


def fingerprint(body: bytes, version: int | None = None) -> Fingerprint:
    """Compute the HMAC of a canonical body, with the current key or the given version.

    A plain hash would not do: the body may contain a card number, which could be found by brute force.
    """
    if version is not None and version not in hashing_keys().body:
        hashing_keys.cache_clear()  # rotated since this execution environment started
    version = hashing_keys().current if version is None else version
    digest = hmac.digest(hashing_keys().body[version], body, hashlib.sha256)
    return Fingerprint(base64.urlsafe_b64encode(digest).decode().rstrip("="), version)


def same_body(body: bytes, current: Fingerprint, stored: Fingerprint) -> bool:
    """Whether a canonical body matches a stored fingerprint. `current` is its fingerprint with the current key."""
    expected = current if current.key_version == stored.key_version else fingerprint(body, stored.key_version)
    return hmac.compare_digest(expected.body_hash, stored.body_hash)
