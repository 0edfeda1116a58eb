"""Worker: plan the deliveries of the events published to the topic."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from paysandbox.aws.queue_batch import Answer, apart
from paysandbox.stripe_api.default_version import default_version
from paysandbox.stripe_api.events.bodies import as_stripe_events
from paysandbox.webhooks.deliveries.fan_out import fan_out


def handler(event: Mapping[str, Any], context: Any) -> Answer:  # noqa: ARG001 - Lambda's signature
    """Process one batch of events. Errors of AWS are raised, and the whole batch is retried."""
    plan = partial(fan_out, as_stripe=as_stripe_events, api_version=default_version(), platform_of=_platform_of)
    return apart(event, plan)


def _platform_of(merchant: str) -> str | None:
    from paysandbox.stripe_api.connect.accounts import platform_of  # few events are a connected account's

    return platform_of(merchant)
