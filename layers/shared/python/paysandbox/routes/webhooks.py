"""Webhooks: endpoints, events and deliveries."""

from typing import Final

from paysandbox.contract import webhook_answers as answers, webhook_requests as requests
from paysandbox.errors import Code
from paysandbox.routes.route import Access, Route
from paysandbox.settings import (
    ClockSettings,
    DeliveryQueuesSettings,
    LedgerSettings,
    PepperSettings,
    TargetSettings,
    WebhookSecretSettings,
    WebhookTablesSettings,
)
from paysandbox.table.schema import DELIVERIES, ENDPOINTS, EVENTS

_EVERY: Final = (ClockSettings, WebhookTablesSettings)
_CLAIMS: Final = (*_EVERY, LedgerSettings, PepperSettings)
_ALL: Final = "/webhooks/endpoints"
_ONE: Final = "/webhooks/endpoints/{endpoint_id}"

CREATE_ENDPOINT: Final = Route(
    name="create_endpoint",
    group="webhooks",
    method="POST",
    path=_ALL,
    summary="Have events sent to a URL",
    access=Access.API_KEY,
    body=requests.CreateEndpoint,
    answer=answers.EndpointWithSecret,
    idempotent=True,
    needs=(*_CLAIMS, WebhookSecretSettings, TargetSettings),
    webhook_tables={ENDPOINTS: ("PutItem", "UpdateItem")},  # the put makes a merchant's first
    claims=True,
    refusals=(Code.URL_NOT_ALLOWED, Code.ENDPOINT_LIMIT_REACHED),
)

LIST_ENDPOINTS: Final = Route(
    name="list_endpoints",
    group="webhooks",
    method="GET",
    path=_ALL,
    summary="The merchant's webhook endpoints",
    access=Access.API_KEY,
    answer=answers.EndpointsListed,
    needs=_EVERY,
    webhook_tables={ENDPOINTS: ("GetItem",)},
)

GET_ENDPOINT: Final = Route(
    name="get_endpoint",
    group="webhooks",
    method="GET",
    path=_ONE,
    summary="A webhook endpoint, without its secret",
    access=Access.API_KEY,
    answer=answers.EndpointShown,
    needs=_EVERY,
    webhook_tables={ENDPOINTS: ("GetItem",)},
    refusals=(Code.RESOURCE_NOT_FOUND,),
)

UPDATE_ENDPOINT: Final = Route(
    name="update_endpoint",
    group="webhooks",
    method="PATCH",
    path=_ONE,
    summary="Change a webhook endpoint, disable or enable it",
    access=Access.API_KEY,
    body=requests.UpdateEndpoint,
    answer=answers.EndpointShown,
    needs=(*_EVERY, TargetSettings),
    webhook_tables={ENDPOINTS: ("UpdateItem",)},
    refusals=(Code.RESOURCE_NOT_FOUND, Code.URL_NOT_ALLOWED),
)

DELETE_ENDPOINT: Final = Route(
    name="delete_endpoint",
    group="webhooks",
    method="DELETE",
    path=_ONE,
    summary="Send nothing to an endpoint any longer, and forget it",
    access=Access.API_KEY,
    answer=answers.EndpointDeleted,
    needs=_EVERY,
    webhook_tables={ENDPOINTS: ("UpdateItem",)},
    refusals=(Code.RESOURCE_NOT_FOUND,),
)

ROTATE_ENDPOINT: Final = Route(
    name="rotate_endpoint",
    group="webhooks",
    method="POST",
    path=_ONE + "/rotate",
    summary="Give an endpoint a new secret; for 24 hours the one before signs too",
    access=Access.API_KEY,
    answer=answers.EndpointWithSecret,
    idempotent=True,
    needs=(*_CLAIMS, WebhookSecretSettings),
    webhook_tables={ENDPOINTS: ("UpdateItem",)},
    claims=True,
    refusals=(Code.RESOURCE_NOT_FOUND, Code.TOO_MANY_ROTATIONS),
)

PING_ENDPOINT: Final = Route(
    name="ping_endpoint",
    group="webhooks",
    method="POST",
    path=_ONE + "/test",
    summary="Send an endpoint an event that is about nothing but itself",
    access=Access.API_KEY,
    answer=answers.EndpointPinged,
    idempotent=True,
    needs=(*_CLAIMS, DeliveryQueuesSettings),
    webhook_tables={ENDPOINTS: ("GetItem",), EVENTS: ("PutItem",), DELIVERIES: ("PutItem",)},
    claims=True,
    delivers=True,
    refusals=(Code.RESOURCE_NOT_FOUND, Code.ENDPOINT_DISABLED),
)

ENABLE_ENDPOINT: Final = Route(
    name="enable_endpoint",
    group="webhooks",
    method="POST",
    path=_ONE + "/enable",
    summary="Let an endpoint that was disabled hear what happens from now on",
    access=Access.API_KEY,
    answer=answers.EndpointShown,
    idempotent=True,
    needs=_CLAIMS,
    webhook_tables={ENDPOINTS: ("UpdateItem",)},
    claims=True,
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

ROUTES: Final[tuple[Route, ...]] = ENDPOINT_ROUTES
