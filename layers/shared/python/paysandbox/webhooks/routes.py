"""Webhooks: endpoints, events and deliveries."""

from typing import Final

from paysandbox.aws.resources import (
    BIND_KEY,
    DELIVERIES,
    ENDPOINTS,
    EVENTS,
    QUEUE_DELIVERIES,
    READ_HASHING_KEYS,
    READ_WEBHOOK_SECRET,
    Grant,
)
from paysandbox.aws.schema import DELIVERIES_BY_MERCHANT, EVENTS_BY_MERCHANT
from paysandbox.aws.settings import TargetSettings
from paysandbox.core.errors import Code
from paysandbox.http.route import BY_KEY, Access, Route
from paysandbox.webhooks import answers, requests
from paysandbox.webhooks.events import answers as event_answers, queries as event_queries

_ALL: Final = "/webhooks/endpoints"
_ONE: Final = "/webhooks/endpoints/{endpoint_id}"

# Functions shared by several routes that need the same permissions.
MANAGE_WEBHOOKS: Final = "manage_webhooks"
ISSUE_ENDPOINT_SECRETS: Final = "issue_endpoint_secrets"
SEND_EVENTS: Final = "send_events"

CREATE_ENDPOINT: Final = Route(
    name="create_endpoint",
    group="webhooks",
    function=ISSUE_ENDPOINT_SECRETS,
    method="POST",
    path=_ALL,
    summary="Create a webhook endpoint",
    access=Access.API_KEY,
    body=requests.CreateEndpoint,
    answer=answers.EndpointWithSecret,
    idempotency=BY_KEY,
    grants=(BIND_KEY, Grant(ENDPOINTS, ("PutItem", "UpdateItem")), READ_HASHING_KEYS, READ_WEBHOOK_SECRET),
    needs=(TargetSettings,),
    refusals=(Code.URL_NOT_ALLOWED, Code.ENDPOINT_LIMIT_REACHED),
)

LIST_ENDPOINTS: Final = Route(
    name="list_endpoints",
    group="webhooks",
    function=MANAGE_WEBHOOKS,
    method="GET",
    path=_ALL,
    summary="List webhook endpoints",
    access=Access.API_KEY,
    answer=answers.EndpointList,
    grants=(Grant(ENDPOINTS, ("GetItem",)),),
)

GET_ENDPOINT: Final = Route(
    name="get_endpoint",
    group="webhooks",
    function=MANAGE_WEBHOOKS,
    method="GET",
    path=_ONE,
    summary="Get a webhook endpoint",
    access=Access.API_KEY,
    answer=answers.EndpointBody,
    grants=(Grant(ENDPOINTS, ("GetItem",)),),
    refusals=(Code.RESOURCE_NOT_FOUND,),
)

UPDATE_ENDPOINT: Final = Route(
    name="update_endpoint",
    group="webhooks",
    function=MANAGE_WEBHOOKS,
    method="PATCH",
    path=_ONE,
    summary="Update, disable or enable a webhook endpoint",
    access=Access.API_KEY,
    body=requests.UpdateEndpoint,
    answer=answers.EndpointBody,
    grants=(Grant(ENDPOINTS, ("UpdateItem",)),),
    needs=(TargetSettings,),
    refusals=(Code.RESOURCE_NOT_FOUND, Code.URL_NOT_ALLOWED),
)

DELETE_ENDPOINT: Final = Route(
    name="delete_endpoint",
    group="webhooks",
    function=MANAGE_WEBHOOKS,
    method="DELETE",
    path=_ONE,
    summary="Delete a webhook endpoint",
    access=Access.API_KEY,
    answer=answers.DeletedEndpoint,
    grants=(Grant(ENDPOINTS, ("UpdateItem",)),),
    refusals=(Code.RESOURCE_NOT_FOUND,),
)

ROTATE_ENDPOINT: Final = Route(
    name="rotate_endpoint",
    group="webhooks",
    function=ISSUE_ENDPOINT_SECRETS,
    method="POST",
    path=_ONE + "/rotate",
    summary="Rotate an endpoint's signing secret; the previous one stays valid for 24 hours",
    access=Access.API_KEY,
    answer=answers.EndpointWithSecret,
    idempotency=BY_KEY,
    grants=(BIND_KEY, Grant(ENDPOINTS, ("UpdateItem",)), READ_HASHING_KEYS, READ_WEBHOOK_SECRET),
    refusals=(Code.RESOURCE_NOT_FOUND, Code.TOO_MANY_ROTATIONS),
)

PING_ENDPOINT: Final = Route(
    name="ping_endpoint",
    group="webhooks",
    function=SEND_EVENTS,
    method="POST",
    path=_ONE + "/test",
    summary="Send a test event to an endpoint",
    access=Access.API_KEY,
    answer=answers.EndpointTest,
    idempotency=BY_KEY,
    grants=(
        BIND_KEY,
        Grant(ENDPOINTS, ("GetItem",)),
        Grant(EVENTS, ("PutItem",)),
        Grant(DELIVERIES, ("PutItem",)),
        *QUEUE_DELIVERIES,
        READ_HASHING_KEYS,
    ),
    refusals=(Code.RESOURCE_NOT_FOUND, Code.ENDPOINT_DISABLED),
)

ENABLE_ENDPOINT: Final = Route(
    name="enable_endpoint",
    group="webhooks",
    method="POST",
    path=_ONE + "/enable",
    summary="Re-enable an endpoint",
    access=Access.API_KEY,
    answer=answers.EndpointBody,
    idempotency=BY_KEY,
    grants=(BIND_KEY, Grant(ENDPOINTS, ("UpdateItem",)), READ_HASHING_KEYS),
    refusals=(Code.RESOURCE_NOT_FOUND,),
)

ENDPOINT_ROUTES: Final[tuple[Route, ...]] = (
    CREATE_ENDPOINT,
    LIST_ENDPOINTS,
    GET_ENDPOINT,
    UPDATE_ENDPOINT,
    ROTATE_ENDPOINT,
    PING_ENDPOINT,
    ENABLE_ENDPOINT,
    DELETE_ENDPOINT,
)


LIST_EVENTS: Final = Route(
    name="list_events",
    group="webhooks",
    function=MANAGE_WEBHOOKS,
    method="GET",
    path="/events",
    summary="List events",
    access=Access.API_KEY,
    query=event_queries.ListEvents,
    answer=event_answers.EventList,
    grants=(Grant(EVENTS, ("BatchGetItem",)), Grant(EVENTS, ("Query",), EVENTS_BY_MERCHANT)),
    refusals=(Code.CURSOR_INVALID,),
)

GET_EVENT: Final = Route(
    name="get_event",
    group="webhooks",
    function=MANAGE_WEBHOOKS,
    method="GET",
    path="/events/{event_id}",
    summary="Get an event and its deliveries",
    access=Access.API_KEY,
    answer=event_answers.EventBody,
    grants=(
        Grant(EVENTS, ("GetItem",)),
        Grant(ENDPOINTS, ("GetItem",)),
        Grant(DELIVERIES, ("BatchGetItem",)),
        Grant(DELIVERIES, ("Query",), DELIVERIES_BY_MERCHANT),
    ),
    refusals=(Code.RESOURCE_NOT_FOUND,),
)

RESEND_EVENT: Final = Route(
    name="resend_event",
    group="webhooks",
    function=SEND_EVENTS,
    method="POST",
    path="/events/{event_id}/resend",
    summary="Resend an event to one endpoint, or to all that subscribe to its type",
    access=Access.API_KEY,
    body=event_queries.ResendEvent,
    answer=event_answers.ResentEvent,
    idempotency=BY_KEY,
    grants=(
        BIND_KEY,
        Grant(EVENTS, ("GetItem",)),
        Grant(ENDPOINTS, ("GetItem",)),
        Grant(DELIVERIES, ("PutItem", "UpdateItem")),
        *QUEUE_DELIVERIES,
        READ_HASHING_KEYS,
    ),
    refusals=(Code.RESOURCE_NOT_FOUND, Code.ENDPOINT_DISABLED, Code.TOO_MANY_RESENDS),
)

LIST_DELIVERIES: Final = Route(
    name="list_deliveries",
    group="webhooks",
    function=MANAGE_WEBHOOKS,
    method="GET",
    path="/webhooks/deliveries",
    summary="List deliveries",
    access=Access.API_KEY,
    query=event_queries.ListDeliveries,
    answer=event_answers.DeliveryList,
    grants=(
        Grant(EVENTS, ("GetItem", "BatchGetItem")),
        Grant(EVENTS, ("Query",), EVENTS_BY_MERCHANT),
        Grant(ENDPOINTS, ("GetItem",)),
        Grant(DELIVERIES, ("BatchGetItem",)),
        Grant(DELIVERIES, ("Query",), DELIVERIES_BY_MERCHANT),
    ),
    refusals=(Code.CURSOR_INVALID,),
)

GET_DELIVERY: Final = Route(
    name="get_delivery",
    group="webhooks",
    function=MANAGE_WEBHOOKS,
    method="GET",
    path="/webhooks/deliveries/{delivery_id}",
    summary="Get a delivery with its attempts",
    access=Access.API_KEY,
    answer=event_answers.DeliveryBody,
    grants=(Grant(ENDPOINTS, ("GetItem",)), Grant(DELIVERIES, ("GetItem",))),
    refusals=(Code.RESOURCE_NOT_FOUND,),
)

REPLAY_ENDPOINT: Final = Route(
    name="replay_endpoint",
    group="webhooks",
    function=SEND_EVENTS,
    method="POST",
    path="/webhooks/endpoints/{endpoint_id}/replay",
    summary="Replay past events to an endpoint",
    access=Access.API_KEY,
    body=event_queries.ReplayEndpoint,
    answer=event_answers.EndpointReplay,
    idempotency=BY_KEY,
    grants=(
        BIND_KEY,
        Grant(EVENTS, ("BatchGetItem",)),
        Grant(EVENTS, ("Query",), EVENTS_BY_MERCHANT),
        Grant(ENDPOINTS, ("GetItem",)),
        Grant(DELIVERIES, ("BatchGetItem", "PutItem", "UpdateItem")),
        *QUEUE_DELIVERIES,
        READ_HASHING_KEYS,
    ),
    refusals=(Code.RESOURCE_NOT_FOUND, Code.ENDPOINT_DISABLED),
)

EVENT_ROUTES: Final[tuple[Route, ...]] = (
    LIST_EVENTS,
    GET_EVENT,
    RESEND_EVENT,
    LIST_DELIVERIES,
    GET_DELIVERY,
    REPLAY_ENDPOINT,
)

ROUTES: Final[tuple[Route, ...]] = ENDPOINT_ROUTES + EVENT_ROUTES
