"""Signatures of webhooks: both that receivers know, on every delivery.

Standard Webhooks 1.0 signs `id.timestamp.body` with the bytes that the secret encodes; Stripe ("Check the webhook
signatures") signs `timestamp.body` with the secret's text. Each lists one signature per secret, the newest first, so
that during a rotation either secret verifies.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Final

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32
"""Standard Webhooks asks for 24 to 64."""

TOLERANCE_S: Final = 300
"""How far a timestamp may be from the receiver's clock, before or behind, as both libraries have it."""

ID_HEADER: Final = "webhook-id"
TIMESTAMP_HEADER: Final = "webhook-timestamp"
SIGNATURE_HEADER: Final = "webhook-signature"
STRIPE_HEADER: Final = "stripe-signature"


def secret_of(master: bytes, endpoint_id: str, version: int) -> str:
    """An endpoint's secret: `whsec_` and 32 bytes in Base64. Derived, so that none is stored and a replay shows it."""
    digest = hmac.digest(master, f"{endpoint_id}.{version}".encode(), hashlib.sha256)
    return PREFIX + base64.b64encode(digest).decode()


def signed(valid: Sequence[str], *, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers of one attempt, made at `timestamp` (Unix seconds). `valid` are the secrets, newest first."""
    standard = " ".join(_standard(secret, message_id, timestamp, body) for secret in valid)
    stripe = ",".join(f"v1={stripe_signature(secret, timestamp, body)}" for secret in valid)
    return {
        ID_HEADER: message_id,
        TIMESTAMP_HEADER: str(timestamp),
        SIGNATURE_HEADER: standard,
        STRIPE_HEADER: f"t={timestamp},{stripe}",
    }


def fault(secret: str, headers: Mapping[str, str], body: bytes, *, now: int) -> str | None:
    """Why a delivery is not to be trusted, by its Standard Webhooks headers (lower-case names); None where it is.

    `body` are the bytes as they came, before anything parsed them.
    """
    message_id, sent_at, given = (headers.get(name) for name in (ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER))
    if message_id is None or sent_at is None or given is None:
        return "headers_missing"
    if not _is_time(sent_at):
        return "timestamp_invalid"
    if abs(now - int(sent_at)) > TOLERANCE_S:
        return "timestamp_stale"
    expected = _standard(secret, message_id, int(sent_at), body).encode()
    matches = [hmac.compare_digest(one.encode(), expected) for one in given.split(" ")]
    return None if any(matches) else "signature_wrong"


def _standard(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    signed_bytes = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.digest(_bytes_of(secret), signed_bytes, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


def stripe_signature(secret: str, timestamp: int, body: bytes) -> str:
    """What Stripe calls `v1`: the key is the secret's whole text."""
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def stripe_fault(secret: str, header: str, body: bytes, *, now: int) -> str | None:
    """Why what came with a `Stripe-Signature` is not to be trusted; None where it is. `now` in Unix seconds.

    `body` are the bytes as they came, before anything parsed them. Of several `v1` one has to be right: while a secret
    is rotated Stripe signs with both ("Check the webhook signatures"). Two times are none.
    """
    pairs = [part.partition("=") for part in header.split(",")]
    times = [value for name, _, value in pairs if name == "t"]
    given = [value for name, _, value in pairs if name == "v1"]
    if not times or not given:
        return "header_invalid"
    if len(times) > 1 or not _is_time(times[0]):
        return "timestamp_invalid"
    if abs(now - int(times[0])) > TOLERANCE_S:
        return "timestamp_stale"
    if not secret:
        return "secret_missing"
    expected = stripe_signature(secret, int(times[0]), body).encode()
    matches = [hmac.compare_digest(one.encode(errors="replace"), expected) for one in given]
    return None if any(matches) else "signature_wrong"


def _is_time(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len(str(2**53))


def _bytes_of(secret: str) -> bytes:
    """What a secret encodes. Raises ValueError for a text that is no secret."""
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("a secret is whsec_ and Base64") from error
