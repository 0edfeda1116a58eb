"""Idempotency records: the operation that an idempotency key is bound to.

A record is not a lock: the operation ID makes the operation happen once, and the record only stores that ID. Keys are
scoped to merchant and route, and bound for 24 hours by the stored time, regardless of when TTL deletes the item. Those
of disbursements are bound for ever.
"""

from datetime import datetime, timedelta
from typing import Final

from paysandbox.core.record import record

MAX_KEY_LENGTH: Final = 255
"""Characters in an idempotency key; the same limit as Stripe's ("Idempotent requests")."""

KEY_LIFETIME: Final = timedelta(hours=24)


@record
class Fingerprint:
    """The keyed hash of the request body that created a payment or idempotency record, and the version of the key."""

    body_hash: str
    key_version: int


@record(kw_only=True)
class IdempotencyRecord:
    """Binds `id` (a hash of merchant, route and key) to an operation ID and the fingerprint of the request body.

    It is deleted after `purge_at` (Unix time). With None, it is kept, and binds its key for ever. `endpoint` is the
    path of the request (`/v1/refunds`) where routes share keys.
    """

    id: str
    operation_id: str
    fingerprint: Fingerprint
    claimed_at: datetime
    purge_at: int | None
    endpoint: str | None = None


def key_is_free(bound_at: datetime, now: datetime) -> bool:
    """Whether a key bound at `bound_at` may be used for another request: after exactly 24 hours or more."""
    return now - bound_at >= KEY_LIFETIME
