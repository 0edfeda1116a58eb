"""Refunds: routes that read them."""

import json
from functools import partial
from typing import Final

from paysandbox.aws.runtime import ledger
from paysandbox.core.event_type import EventType
from paysandbox.core.ids import event_id, payment_of
from paysandbox.payments.ledger.store import get_payment
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.ids import operation_of_refund, refund_id
from paysandbox.stripe_api.lists.answer import list_answer
from paysandbox.stripe_api.lists.page import Objects, page, page_of_row
from paysandbox.stripe_api.lists.parameters import around, around_in, created_in, span_of
from paysandbox.stripe_api.lists.refunds import refunds_in
from paysandbox.stripe_api.lookups import find_named, find_refund
from paysandbox.stripe_api.objects.render import render_refund
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ListRefunds, Retrieve
from paysandbox.stripe_api.resources.transfers.transfer_payments import is_of_transfer, shown_of_transfer
from paysandbox.stripe_api.routes import GET_REFUND, LIST_REFUNDS
from paysandbox.stripe_api.version_rows import shows_releases
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.events.event_store import StoredEvent, get_event, listed_at, operation_of_event
from paysandbox.webhooks.events.lists import events_of

_CREATED: Final = (EventType.PAYMENT_REFUNDED, EventType.REFUND_CREATED)
_RELEASES: Final = (
    EventType.PAYMENT_CAPTURED,
    EventType.PAYMENT_VOIDED,
    EventType.PAYMENT_EXPIRED,
    EventType.PAYMENT_REVERSED,
    EventType.PAYMENT_CAPTURE_FAILED,
)


@stripe_endpoint(LIST_REFUNDS)
def list_refunds(call: StripeCall[None, ListRefunds]) -> StripeAnswer:
    """GET /v1/refunds: list refunds, newest first, or those of one charge or intent.

    For one payment, one read. For all, the events of refunds and releases, which appear within seconds of them.
    """
    query = call.query
    expand = query.expanded_paths
    store = webhook_tables.event_store()

    def of_event(event: StoredEvent) -> Objects:
        refund = operation_of_event(event) if _is_of_refund(event, call.stripe_version) else None
        payment_id = payment_of(refund) if refund else None
        payment = get_payment(ledger(), payment_id) if payment_id else None
        every = refunds_in(call, payment, expand) if payment else ()
        return [(name, body) for name, body in every if refund and name == refund_id(refund)]

    def position_of(name: str) -> str | None:
        refund = operation_of_refund(name)
        event = get_event(store, call.merchant, event_id(refund)) if refund else None
        return listed_at(event) if event and _is_of_refund(event, call.stripe_version) else None

    if query.charge is None and query.payment_intent is None:
        index = events_of(store, call.merchant, *span_of(query.created))
        data, more = page(index, of_event, limit=query.limit, around=around(query, "refund", position_of))
    else:
        named = find_named(call, query.charge, query.payment_intent)
        every = refunds_in(call, named, expand) if named else []
        matching = partial(created_in, query.created)
        data, more = page_of_row(every, limit=query.limit, around=around_in(query, "refund", every), matching=matching)
    return list_answer("/v1/refunds", query, data, more=more)


def _is_of_refund(event: StoredEvent, version: str) -> bool:
    """Whether the version shows the operation of an event as a refund, or may, if something was released before.

    A pending refund has an event when it succeeds too, which is not its own.
    """
    if event.type in _CREATED:
        refund = operation_of_event(event)
        return refund is not None and event.id == event_id(refund)
    if not shows_releases(version):
        return False
    return event.type in _RELEASES and json.loads(event.body)["data"]["payment"]["released"] > 0


@stripe_endpoint(GET_REFUND)
def get_refund(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """GET /v1/refunds/{refund}: retrieve a refund.

    One consistent read. Of a transfer to an account, that of the transfer, and one of the account's platform.
    """
    query = call.query
    if is_of_transfer(call.path.get("refund", "")):
        return StripeAnswer(body=shown_of_transfer(call, "refund", query.expand), outcome="shown")
    payment, refund = find_refund(call, call.path.get("refund", ""), "id")
    secret, version = secrets_of(payment.id), call.stripe_version
    shown = render_refund(payment, refund, private=secret, expand=query.expand, version=version)
    return StripeAnswer(body=shown, transaction_id=refund, outcome="shown")
