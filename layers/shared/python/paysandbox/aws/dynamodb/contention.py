"""Contention in DynamoDB: writes that fail because of another transaction, and throttled transactions.

They failed without an effect, and botocore does not retry them. A conflict lasts for milliseconds. Not only
transactions meet it: a single write to an item of a running transaction fails with TransactionConflictException
("DynamoDB Transactions: How it works", AWS).
"""

from collections.abc import Mapping
from typing import Any, Final

from paysandbox.aws import backoff

MAX_TRIES: Final = 5

_CONFLICT: Final = "TransactionConflictException"
_CANCELED: Final = "TransactionCanceledException"
_NONE: Final = "None"
"""The reason of a write that would have succeeded."""

_PASSING: Final = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})


def is_contention(response: Mapping[str, Any]) -> bool:
    """Whether an error response is only about other writes of the moment, so that the same request can be retried.

    Not if a condition failed too: that transaction has its answer.
    """
    code = response.get("Error", {}).get("Code")
    if code != _CANCELED:
        return code == _CONFLICT
    reasons = {reason.get("Code") for reason in response.get("CancellationReasons") or ()} - {_NONE}
    return bool(reasons) and reasons <= _PASSING


def is_undecided(reason: Mapping[str, Any]) -> bool:
    """Whether a write of a canceled transaction was not evaluated, since other writes of the moment were in its way.

    The condition of another write may be false at the same time, so this write's own condition is still unknown.
    """
    return reason.get("Code") in _PASSING


def retry_contention(client: Any) -> None:
    """Let this DynamoDB client retry such writes, up to `MAX_TRIES` attempts, with its own idempotency token."""
    client.meta.events.register("needs-retry.dynamodb", _delay_s, unique_id="paysandbox-contention")


def _delay_s(*, response: tuple[Any, Mapping[str, Any]] | None, attempts: int, **_: Any) -> float | None:
    """Return the seconds until the next attempt, or None to leave the decision to botocore."""
    if response is None or attempts >= MAX_TRIES or not is_contention(response[1]):
        return None
    return backoff.wait_ms(attempts) / 1_000
