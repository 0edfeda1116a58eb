"""The master secret of an environment: the keys under which card numbers and bodies are hashed.

An SSM SecureString with JSON `{"card": "<base64>", "body": {"1": "<base64>"}, "current": 1}`. `card` never changes,
else one card would have two ids; `body` is versioned, and an item names its version.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, cast

from paysandbox.aws import runtime
from paysandbox.aws.settings import HashingKeySettings
from paysandbox.core.idempotency_record import Fingerprint

_encode: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class HashingKeys:
    """The key for card numbers, the keys for bodies by version, and the version that new items use."""

    card: bytes
    body: Mapping[int, bytes]
    current: int


@cache
def hashing_keys() -> HashingKeys:
    """The environment's pepper, read once per execution environment."""
    parameter = runtime.ssm().get_parameter(
        Name=runtime.settings_of(HashingKeySettings).hashing_keys_parameter, WithDecryption=True
    )
    secret = json.loads(parameter["Parameter"]["Value"])  # pyright: ignore[reportTypedDictNotRequiredAccess] - boto3's types call every field of an answer optional
    body = {int(version): base64.b64decode(key) for version, key in secret["body"].items()}
    return HashingKeys(base64.b64decode(secret["card"]), body, int(secret["current"]))


def canonical(sent: Any) -> bytes:
    """A body as it was sent, before defaults, whatever its spacing and key order, without the security code.

    PCI DSS 3.3.1: a security code is not kept after authorization, not even hashed.
    """
    return _encode(_without_cvc(sent)).encode()


def _without_cvc(sent: Any) -> Any:
    """The same without the `cvc` of every `card`, wherever in a body one is sent."""
    if not isinstance(sent, dict):
        return sent
    kept = {name: _without_cvc(value) for name, value in cast("dict[str, Any]", sent).items()}
    if isinstance(kept.get("card"), dict):
        kept["card"].pop("cvc", None)
    return kept


def fingerprint(body: bytes, version: int | None = None) -> Fingerprint:
    """The keyed hash of a canonical body, under the current key or a named version of it.

    Keyed, since the body may hold a card number, and a plain hash of one can be guessed.
    """
    if version is not None and version not in hashing_keys().body:
        hashing_keys.cache_clear()  # rotated since this environment started
    version = hashing_keys().current if version is None else version
    digest = hmac.digest(hashing_keys().body[version], body, hashlib.sha256)
    return Fingerprint(base64.urlsafe_b64encode(digest).decode().rstrip("="), version)


def same_body(body: bytes, current: Fingerprint, stored: Fingerprint) -> bool:
    """Whether a canonical body, whose fingerprint under the current key is `current`, made a stored fingerprint."""
    mine = current if current.key_version == stored.key_version else fingerprint(body, stored.key_version)
    return hmac.compare_digest(mine.body_hash, stored.body_hash)
