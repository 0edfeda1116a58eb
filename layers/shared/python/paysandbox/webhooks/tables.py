"""The tables of webhooks: endpoints, events, deliveries. Apart from `effects`, since payments load none of this."""

from functools import cache

from paysandbox.aws.runtime import dynamodb, settings_of
from paysandbox.aws.settings import WebhookTablesSettings
from paysandbox.webhooks.deliveries import Deliveries
from paysandbox.webhooks.endpoints import Endpoints
from paysandbox.webhooks.event_store import EventStore


@cache
def endpoints() -> Endpoints:
    """Webhook endpoints."""
    return Endpoints(dynamodb(), settings_of(WebhookTablesSettings).endpoints_table)


@cache
def event_store() -> EventStore:
    """The events that were published."""
    settings = settings_of(WebhookTablesSettings)
    return EventStore(dynamodb(), settings.events_table, settings.event_retention_s)


@cache
def deliveries() -> Deliveries:
    """The deliveries of events to endpoints."""
    settings = settings_of(WebhookTablesSettings)
    return Deliveries(dynamodb(), settings.deliveries_table, settings.event_retention_s)


def forget() -> None:
    """Make them anew: for tests, whose AWS is another one each time."""
    for made in (endpoints, event_store, deliveries):
        made.cache_clear()
