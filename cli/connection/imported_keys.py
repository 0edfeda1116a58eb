"""Keys that were issued elsewhere: imported by `paysandbox keys import`, or accepted at first sight by a local sandbox.

Only the Stripe-compatible API accepts them. Their texts are stored nowhere: the table has their digests, and so has
API Gateway, which meters an imported key by a key of its own whose text is the digest. That key is made first and
deleted last. Without the table's item it opens nothing, and importing the key again continues with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from cli.connection.keys import Plan, key_table, name_prefix, pages, v1_plan_ids
from cli.terminal.failure import Failure
from paysandbox.http.keys.credential import (
    is_issued_elsewhere,
    is_live_key,
    key_digest,
    key_id_of,
    kind_of_key,
    masked_key,
    merchant_by_account,
)

if TYPE_CHECKING:
    from cli.connection.target import Target
    from paysandbox.http.keys.api_keys import StoredKey

# In AWS, where anybody can try keys. Stripe's shortest keys have as many characters after `sk_test_`.
SHORTEST_IN_AWS: Final = 24


@dataclass(frozen=True)
class ImportedKey:
    """What is known of a key that was issued elsewhere. `first_seen`: accepted at first sight, and not imported."""

    merchant: str
    plan: str
    kind: str
    masked: str
    key_id: str
    digest: str
    created_at: datetime
    first_seen: bool


@dataclass(frozen=True)
class Import:
    """The result of importing a key. `previous_merchant` is the one that it is taken from."""

    key: ImportedKey
    changed: bool
    previous_merchant: str | None = None


def imported_keys(target: Target) -> list[ImportedKey]:
    """Return all such keys of the environment, by merchant and age."""
    from paysandbox.http.keys.api_keys import keys_issued_elsewhere

    found = [_imported(stored) for stored in keys_issued_elsewhere(key_table(target))]
    return sorted(found, key=lambda key: (key.merchant, key.created_at, key.key_id))


def check_importable(target: Target, keys: Sequence[str]) -> None:
    """Raise Failure if one of these lines is not a key that can be imported. Names its line, never its text."""
    for number, key in enumerate(keys, 1):
        if is_live_key(key):
            raise Failure(
                f"Line {number} is a live key. A sandbox accepts test keys only. Nothing was imported.",
                "Use the test key of the same account: it begins with sk_test_, rk_test_ or pk_test_.",
            )
        if not is_issued_elsewhere(key):
            raise Failure(
                f"Line {number} is not a Stripe test key. Nothing was imported.",
                "Give one key per line, such as sk_test_51…. Keys of the sandbox's own: paysandbox keys create",
            )
        if not target.is_local and len(key.partition("_test_")[2]) < SHORTEST_IN_AWS:
            raise Failure(
                f"Line {number} is too short to be a secret. Nothing was imported.",
                f"In AWS a key has at least {SHORTEST_IN_AWS} characters after sk_test_.",
            )


def import_key(target: Target, text: str, merchant: str | None, plan: Plan) -> Import:
    """Make a key known, on a plan. Without `merchant` it is its account's, as at first sight. Idempotent."""
    from paysandbox.http.keys.api_keys import StoredKey, put_imported

    digest = key_digest(text)
    key = StoredKey(
        digest=digest,
        merchant=merchant or merchant_by_account(text),
        kind=kind_of_key(text),
        key_id=key_id_of(digest),
        created_at=datetime.now(UTC),
        masked=masked_key(text),
        plan=plan,
    )
    table = key_table(target)
    _meter(target, key, plan)
    changed, previous = put_imported(table, key)
    moved = previous is not None and previous.merchant != key.merchant
    return Import(_imported(key), changed, previous.merchant if previous is not None and moved else None)


def revoke_imported_key(target: Target, key_or_id: str) -> ImportedKey | None:
    """Revoke such a key, given itself or its ID, and return it, or None if there is none.

    It does not come back by being used. Importing it again makes it known again.
    """
    from paysandbox.http.keys.api_keys import revoke_issued_elsewhere

    digest = key_digest(key_or_id) if is_issued_elsewhere(key_or_id) else _digest_of(target, key_or_id)
    revoked = revoke_issued_elsewhere(key_table(target), digest, datetime.now(UTC)) if digest is not None else None
    if revoked is None:
        return None
    gateway = target.client("apigateway")
    for key_id in _gateway_ids(gateway, revoked.digest):
        gateway.delete_api_key(apiKey=key_id)
    return _imported(revoked)


def _meter(target: Target, key: StoredKey, plan: Plan) -> None:
    """Ensure that API Gateway has a key whose text is the digest, on this plan of the Stripe-compatible API alone."""
    gateway, plan_ids = target.client("apigateway"), v1_plan_ids(target)
    found = next(_gateway_ids(gateway, key.digest), None)
    if found is None:
        name = f"{name_prefix(target)}{key.merchant}-{plan}-imported-{key.key_id}"
        found = str(gateway.create_api_key(name=name, value=key.digest, enabled=True)["id"])
    on = {
        each
        for each, plan_id in plan_ids.items()
        if any(entry["id"] == found for entry in pages(gateway, "get_usage_plan_keys", usagePlanId=plan_id))
    }
    for other in on - {plan}:  # first, since a key may be on one plan of a stage only
        gateway.delete_usage_plan_key(usagePlanId=plan_ids[other], keyId=found)
    if plan not in on:
        gateway.create_usage_plan_key(usagePlanId=plan_ids[plan], keyId=found, keyType="API_KEY")


def _gateway_ids(gateway: Any, digest: str) -> Iterator[str]:
    return (key["id"] for key in pages(gateway, "get_api_keys", includeValues=True) if key.get("value") == digest)


def _digest_of(target: Target, key_id: str) -> str | None:
    return next((key.digest for key in imported_keys(target) if key.key_id == key_id), None)


def _imported(stored: StoredKey) -> ImportedKey:
    return ImportedKey(
        stored.merchant,
        stored.plan or Plan.SANDBOX,
        str(stored.kind),
        stored.masked or "",
        stored.key_id,
        stored.digest,
        stored.created_at,
        stored.first_seen,
    )
