"""Endpoint health: how an attempt affects its endpoint, and when a failing endpoint is disabled.

Svix and others use the same rule: occasional failures are ignored, days without a success are not. An endpoint is
disabled after failing for long enough *and* often enough, so that a rarely used one is not disabled because of one
failure before a quiet week.
"""

from datetime import datetime, timedelta
from typing import Final

from paysandbox.core.record import replace
from paysandbox.webhooks.delivery import SLOW, SLOW_OVER_SHARE, Attempt
from paysandbox.webhooks.endpoint import Disabled, DisabledBecause, Endpoint, Failing

COUNT_INTERVAL: Final = timedelta(minutes=1)
"""Minimum interval between counted failures, because all deliveries of a merchant share the endpoints' item."""

MIN_FAILURES: Final = 10


def after_attempt(
    endpoint: Endpoint, attempt: Attempt, disable_after: timedelta, *, over_share: bool = False
) -> Endpoint:
    """Return the endpoint after an attempt, or the same object if there is nothing to write.

    `over_share`: its merchant takes more than its share of the workers. A successful attempt is then slow sooner.

    410 disables it at once. So does a failure if at least ten have been counted, the first of them at least
    `disable_after` ago, with no success since.
    """
    if attempt.gone:
        return replace(endpoint, disabled=Disabled(attempt.at, DisabledBecause.GONE))
    if attempt.succeeded:
        slow = timedelta(milliseconds=attempt.latency_ms) > (SLOW_OVER_SHARE if over_share else SLOW)
        unhealthy_since = (
            attempt.at if slow and _is_due(endpoint.unhealthy_since, attempt.at) else endpoint.unhealthy_since
        )
        return replace(endpoint, failing=None, unhealthy_since=unhealthy_since)
    before = endpoint.failing
    if before is not None and not _is_due(before.last_at, attempt.at):
        return endpoint
    since, failures = (before.since, before.failures + 1) if before else (attempt.at, 1)
    disables = failures >= MIN_FAILURES and attempt.at - since >= disable_after
    return replace(
        endpoint,
        failing=Failing(since=since, failures=failures, last_at=attempt.at),
        unhealthy_since=attempt.at,
        disabled=Disabled(attempt.at, DisabledBecause.FAILING) if disables else None,
    )


def needs_disabled_event(endpoint: Endpoint) -> bool:
    """Whether an `endpoint_disabled` event is still to be published. None is published if the merchant disabled it."""
    disabled = endpoint.disabled
    return disabled is not None and not disabled.published and disabled.because is not DisabledBecause.REQUESTED


def _is_due(last_at: datetime | None, at: datetime) -> bool:
    # Compare in both directions: after the clock is moved back, failures must still be counted.
    return last_at is None or abs(at - last_at) >= COUNT_INTERVAL
