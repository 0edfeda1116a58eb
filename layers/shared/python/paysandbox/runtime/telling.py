"""Telling a merchant's other endpoints that one of them was disabled: an event like any other, by the same way."""

from paysandbox.contract.endpoint_events import render_endpoint_event
from paysandbox.contract.topic import Message, attributes
from paysandbox.domain import identity
from paysandbox.domain.endpoint import Endpoint
from paysandbox.domain.event_type import EventType
from paysandbox.runtime import effects, webhook_tables
from paysandbox.settings import TopicSettings
from paysandbox.table.endpoint_health import mark_told


def tell_disabled(endpoint: Endpoint) -> None:
    """Publish that an endpoint was disabled, then remember that it was. Done twice, it is the same event.

    Its `sequence` is the endpoint's generation: an endpoint is disabled once in each.
    """
    if endpoint.disabled is None:
        raise AssertionError(f"{endpoint.id} is enabled")
    event_id = identity.disabled_event_id(endpoint.id, endpoint.generation)
    kind, at = EventType.ENDPOINT_DISABLED, endpoint.disabled.at
    body = render_endpoint_event(kind, endpoint, event_id, at, endpoint.generation)
    message = Message(id=event_id, merchant=endpoint.merchant, type=kind, body=body)
    effects.sns().publish(
        TopicArn=effects.need(TopicSettings).webhook_topic,
        Message=message.body,
        MessageAttributes=attributes(message),
    )
    mark_told(webhook_tables.endpoints(), endpoint)
