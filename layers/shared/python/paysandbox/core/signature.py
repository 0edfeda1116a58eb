"""Webhook signatures. Every delivery is signed in two formats: Standard Webhooks and Stripe's.

Standard Webhooks 1.0 signs `id.timestamp.body` with the bytes that the secret encodes. Stripe ("Check the webhook
signatures") signs `timestamp.body` with the secret as text. Each lists one signature per secret, newest first, so that
either secret verifies during a rotation.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Final

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32
"""Standard Webhooks requires 24 to 64."""

TOLERANCE_S: Final = 300
"""Maximum difference between a timestamp and the receiver's clock, either way; the default of both libraries."""

ID_HEADER: Final = "webhook-id"
TIMESTAMP_HEADER: Final = "webhook-timestamp"
SIGNATURE_HEADER: Final = "webhook-signature"
STRIPE_HEADER: Final = "stripe-signature"


def secret_of(master: bytes, endpoint_id: str, version: int) -> str:
    """Derive an endpoint's secret: `whsec_` and 32 bytes in Base64.

    Because it is derived, it is not stored, and an idempotent replay can return it.
    """
    digest = hmac.digest(master, f"{endpoint_id}.{version}".encode(), hashlib.sha256)
    return PREFIX + base64.b64encode(digest).decode()


def signed(valid: Sequence[str], *, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the signature headers of one delivery attempt at `timestamp` (Unix seconds).

    `valid` are the secrets that are currently valid, newest first.
    """
    standard = " ".join(_standard(secret, message_id, timestamp, body) for secret in valid)
    stripe = ",".join(f"v1={stripe_signature(secret, timestamp, body)}" for secret in valid)
    return {
        ID_HEADER: message_id,
        TIMESTAMP_HEADER: str(timestamp),
        SIGNATURE_HEADER: standard,
        STRIPE_HEADER: f"t={timestamp},{stripe}",
    }


def fault(secret: str, headers: Mapping[str, str], body: bytes, *, now: int) -> str | None:
    """Verify a delivery by its Standard Webhooks headers (lower-case names). Returns the reason it fails, or None.

    `body` is the raw body, before any parsing.
    """
    message_id, sent_at, signatures = (headers.get(name) for name in (ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER))
    if message_id is None or sent_at is None or signatures is None:
        return "headers_missing"
    if not _is_time(sent_at):
        return "timestamp_invalid"
    if abs(now - int(sent_at)) > TOLERANCE_S:
        return "timestamp_stale"
    expected = _standard(secret, message_id, int(sent_at), body).encode()
    matches = [hmac.compare_digest(signature.encode(), expected) for signature in signatures.split(" ")]
    return None if any(matches) else "signature_wrong"


def _standard(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    signed_bytes = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.digest(_bytes_of(secret), signed_bytes, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


def stripe_signature(secret: str, timestamp: int, body: bytes) -> str:
    """Compute Stripe's `v1` signature. The key is the whole text of the secret, prefix included."""
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def stripe_fault(secret: str, header: str, body: bytes, *, now: int) -> str | None:
    """Verify a `Stripe-Signature` header. Returns the reason it fails, or None. `now` is in Unix seconds.

    `body` is the raw body, before any parsing. One matching `v1` is enough: while a secret is being rotated, Stripe
    signs with both ("Check the webhook signatures"). A header with two timestamps is invalid.
    """
    pairs = [part.partition("=") for part in header.split(",")]
    times = [value for name, _, value in pairs if name == "t"]
    signatures = [value for name, _, value in pairs if name == "v1"]
    if not times or not signatures:
        return "header_invalid"
    if len(times) > 1 or not _is_time(times[0]):
        return "timestamp_invalid"
    if abs(now - int(times[0])) > TOLERANCE_S:
        return "timestamp_stale"
    if not secret:
        return "secret_missing"
    expected = stripe_signature(secret, int(times[0]), body).encode()
    matches = [hmac.compare_digest(signature.encode(errors="replace"), expected) for signature in signatures]
    return None if any(matches) else "signature_wrong"


def _is_time(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len(str(2**53))


def _bytes_of(secret: str) -> bytes:
    """Decode a secret. Raises ValueError if it is malformed."""
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("A webhook secret must be whsec_ followed by Base64.") from error
