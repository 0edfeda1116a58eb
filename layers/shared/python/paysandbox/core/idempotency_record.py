"""Claims: which wish an idempotency key stands for. No lock: the operation is once by its id, the claim only names it.

Per merchant and route. A key is bound for 24 hours, judged by the stored time, never by a TTL deletion.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

MAX_KEY_LENGTH: Final = 255
"""Characters of an idempotency key, as Stripe has it ("Idempotent requests")."""

KEY_LIFETIME: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The keyed hash of the body that made a payment or claim, and the version of the key."""

    body_hash: str
    key_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyRecord:
    """`id` (merchant, route and key, hashed) stands for the operation `operation_id` with the body `fingerprint`."""

    id: str
    operation_id: str
    fingerprint: Fingerprint
    claimed_at: datetime
    purge_at: int


def key_is_free(bound_at: datetime, now: datetime) -> bool:
    """Whether a key bound at `bound_at` may stand for another wish: from exactly 24 hours on."""
    return now - bound_at >= KEY_LIFETIME
