"""Webhook endpoints: routes that read, update and delete them."""

from paysandbox.core.errors import Code, Refused
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.endpoints import no_endpoint, stripe_endpoint_named, stripe_endpoints
from paysandbox.stripe_api.events.webhook_endpoint import check_metadata, known_types, render_webhook_endpoint
from paysandbox.stripe_api.lists.answer import list_answer
from paysandbox.stripe_api.lists.page import page_of_row
from paysandbox.stripe_api.lists.parameters import around_in
from paysandbox.stripe_api.payment_intents.intent_terms import merged_metadata
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ListWebhookEndpoints, Retrieve, UpdateWebhookEndpoint
from paysandbox.stripe_api.routes import (
    DELETE_WEBHOOK_ENDPOINT,
    GET_WEBHOOK_ENDPOINT,
    LIST_WEBHOOK_ENDPOINTS,
    UPDATE_WEBHOOK_ENDPOINT,
)
from paysandbox.stripe_api.sent_events import never_sent
from paysandbox.webhooks.endpoint import Endpoint, EndpointChange, MetadataChange
from paysandbox.webhooks.endpoints.writes import change_endpoint, delete_endpoint
from paysandbox.webhooks.outbound.targets import allowed_url
from paysandbox.webhooks.tables import endpoints


@stripe_endpoint(LIST_WEBHOOK_ENDPOINTS)
def list_webhook_endpoints(call: StripeCall[None, ListWebhookEndpoints]) -> StripeAnswer:
    """GET /v1/webhook_endpoints: list the merchant's webhook endpoints in Stripe's format, newest first.

    One consistent read: a merchant has 16 endpoints at most.
    """
    query = call.query
    shown = [(endpoint.id, render_webhook_endpoint(endpoint)) for endpoint in stripe_endpoints(call)]
    data, more = page_of_row(shown, limit=query.limit, around=around_in(query, "webhook endpoint", shown))
    return list_answer("/v1/webhook_endpoints", query, data, more=more)


@stripe_endpoint(GET_WEBHOOK_ENDPOINT)
def get_webhook_endpoint(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """GET /v1/webhook_endpoints/{endpoint}: retrieve a webhook endpoint, without its secret.

    One consistent read.
    """
    return StripeAnswer(body=render_webhook_endpoint(stripe_endpoint_named(call)), outcome="shown")


@stripe_endpoint(UPDATE_WEBHOOK_ENDPOINT)
def update_webhook_endpoint(call: StripeCall[UpdateWebhookEndpoint, None]) -> StripeAnswer:
    """POST /v1/webhook_endpoints/{endpoint}: update, disable or enable a webhook endpoint.

    A read, then one conditional update. Repeating it gives the same answer, so it needs no idempotency key.
    """
    body = call.body
    named: Endpoint = stripe_endpoint_named(call)
    change = EndpointChange(
        url=allowed_url(body.url) if body.url is not None else None,
        events=known_types(body.enabled_events) if body.enabled_events is not None else None,
        description=body.description or None,
        forgets_description=body.description == "",
        enabled=None if body.disabled is None else not body.disabled,
        stripe=True,
    )
    metadata = None
    if body.metadata is not None:

        def merge(stored: str | None) -> str | None:
            return check_metadata(merged_metadata(stored, body.metadata))

        metadata = MetadataChange(read=named.metadata, merge=merge)
    if metadata is not None or change != EndpointChange(stripe=True):
        named = change_endpoint(endpoints(), call.merchant, named.id, change, call.now, metadata=metadata)
    headers = never_sent(named.events) if body.enabled_events is not None else {}
    return StripeAnswer(body=render_webhook_endpoint(named), outcome="changed", headers=headers)


@stripe_endpoint(DELETE_WEBHOOK_ENDPOINT)
def delete_webhook_endpoint(call: StripeCall[None, None]) -> StripeAnswer:
    """DELETE /v1/webhook_endpoints/{endpoint}: delete an endpoint. Nothing more is sent to it.

    One conditional update. Its pending deliveries appear as canceled.
    """
    name = call.path.get("endpoint", "")
    try:
        delete_endpoint(endpoints(), call.merchant, name, call.now, stripe_request=call.request_id)
    except Refused as refused:
        raise no_endpoint(name) if refused.code is Code.RESOURCE_NOT_FOUND else refused from None
    return StripeAnswer(body={"id": name, "object": "webhook_endpoint", "deleted": True}, outcome="deleted")
