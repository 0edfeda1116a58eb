"""The webhook tables: endpoints, events, deliveries. Separate from `runtime`, because payments do not need them."""

from functools import cache

from paysandbox.aws.runtime import dynamodb, settings_of
from paysandbox.aws.settings import WebhookTablesSettings
from paysandbox.webhooks.deliveries.deliveries import Deliveries
from paysandbox.webhooks.endpoints.endpoints import Endpoints
from paysandbox.webhooks.events.event_store import EventStore


@cache
def endpoints() -> Endpoints:
    """Return the webhook endpoints table."""
    return Endpoints(dynamodb(), settings_of(WebhookTablesSettings).endpoints_table)


@cache
def event_store() -> EventStore:
    """Return the events table."""
    settings = settings_of(WebhookTablesSettings)
    return EventStore(dynamodb(), settings.events_table, settings.event_retention_s)


@cache
def deliveries() -> Deliveries:
    """Return the deliveries table."""
    settings = settings_of(WebhookTablesSettings)
    return Deliveries(dynamodb(), settings.deliveries_table, settings.event_retention_s)


def forget() -> None:
    """Clear the cached clients, for tests that use a new AWS each time."""
    for made in (endpoints, event_store, deliveries):
        made.cache_clear()
