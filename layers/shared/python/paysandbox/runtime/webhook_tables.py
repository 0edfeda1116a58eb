"""The tables of webhooks: endpoints, events, deliveries. Apart from `effects`, since payments load none of this."""

from functools import cache
from typing import TYPE_CHECKING

import boto3

from paysandbox.runtime.effects import CLIENT, need
from paysandbox.settings import WebhookTablesSettings
from paysandbox.table.deliveries import Deliveries
from paysandbox.table.endpoints import Endpoints
from paysandbox.table.event_store import EventStore

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


@cache
def _client() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=CLIENT)


@cache
def endpoints() -> Endpoints:
    """Webhook endpoints."""
    return Endpoints(_client(), need(WebhookTablesSettings).endpoints_table)


@cache
def event_store() -> EventStore:
    """The events that were published."""
    settings = need(WebhookTablesSettings)
    return EventStore(_client(), settings.events_table, settings.event_retention_s)


@cache
def deliveries() -> Deliveries:
    """The deliveries of events to endpoints."""
    settings = need(WebhookTablesSettings)
    return Deliveries(_client(), settings.deliveries_table, settings.event_retention_s)


def forget() -> None:
    """Make them anew: for tests, whose AWS is another one each time."""
    for made in (_client, endpoints, event_store, deliveries):
        made.cache_clear()
