"""Health of endpoints: what an attempt says about the endpoint that it went to, and when one is given up.

Svix and others count the same way: a failure now and then is nothing, days without a success are. An endpoint is
disabled when it has failed long enough *and* often enough, so that one that is seldom used is not given up for one
failure before a quiet week.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from paysandbox.webhooks.delivery import SLOW, Attempt
from paysandbox.webhooks.endpoint import Disabled, DisabledBecause, Endpoint, Failing

NOTED_EVERY: Final = timedelta(minutes=1)
"""Failures are counted no more often: an endpoint's item is shared by all deliveries of its merchant."""

HOPELESS_FAILURES: Final = 10


def after_attempt(endpoint: Endpoint, attempt: Attempt, disable_after: timedelta) -> Endpoint:
    """The endpoint as an attempt leaves it: the same one where there is nothing to write.

    410 disables at once. So does a failure, when at least ten have been counted and the first was `disable_after` ago
    or earlier, with no success since.
    """
    if attempt.gone:
        return replace(endpoint, disabled=Disabled(attempt.at, DisabledBecause.GONE))
    if attempt.succeeded:
        slow = timedelta(milliseconds=attempt.latency_ms) > SLOW
        trouble_at = attempt.at if slow and _is_news(endpoint.unhealthy_since, attempt.at) else endpoint.unhealthy_since
        return replace(endpoint, failing=None, unhealthy_since=trouble_at)
    before = endpoint.failing
    if before is not None and not _is_news(before.last_at, attempt.at):
        return endpoint
    since, failures = (before.since, before.failures + 1) if before else (attempt.at, 1)
    hopeless = failures >= HOPELESS_FAILURES and attempt.at - since >= disable_after
    return replace(
        endpoint,
        failing=Failing(since=since, failures=failures, last_at=attempt.at),
        unhealthy_since=attempt.at,
        disabled=Disabled(attempt.at, DisabledBecause.FAILING) if hopeless else None,
    )


def needs_disabled_event(endpoint: Endpoint) -> bool:
    """Whether its merchant is still to hear that it was disabled. Who disabled it himself is not told of it."""
    disabled = endpoint.disabled
    return disabled is not None and not disabled.told and disabled.because is not DisabledBecause.ASKED


def _is_news(last_at: datetime | None, at: datetime) -> bool:
    # Both ways: a clock that was taken back must not silence the count until it gets there again.
    return last_at is None or abs(at - last_at) >= NOTED_EVERY
