"""Publish the event that an endpoint was disabled, to the merchant's other endpoints."""

from paysandbox.aws import runtime
from paysandbox.aws.events.topic import Message, attributes
from paysandbox.aws.settings import TopicSettings
from paysandbox.core import ids
from paysandbox.core.event_type import EventType
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.endpoint import Endpoint
from paysandbox.webhooks.endpoints.health_writes import mark_disabled_published
from paysandbox.webhooks.events.endpoint_events import render_endpoint_event


def publish_endpoint_disabled(endpoint: Endpoint) -> None:
    """Publish that an endpoint was disabled, then record that it was published. Repeating it publishes the same event.

    Its `sequence` is the endpoint's generation, because an endpoint is disabled once per generation.
    """
    if endpoint.disabled is None:
        raise AssertionError(f"{endpoint.id} is enabled")
    event_id = ids.disabled_event_id(endpoint.id, endpoint.generation)
    kind, at = EventType.ENDPOINT_DISABLED, endpoint.disabled.at
    body = render_endpoint_event(kind, endpoint, event_id, at, endpoint.generation)
    message = Message(id=event_id, merchant=endpoint.merchant, type=kind, body=body)
    runtime.sns().publish(
        TopicArn=runtime.settings_of(TopicSettings).webhook_topic,
        Message=message.body,
        MessageAttributes=attributes(message),
    )
    mark_disabled_published(webhook_tables.endpoints(), endpoint)
