"""Early fraud warnings: routes that read them."""

from collections.abc import Collection
from functools import partial

from paysandbox.aws.runtime import ledger
from paysandbox.core.event_type import EventType
from paysandbox.core.ids import event_id, payment_of
from paysandbox.payments.ledger.store import get_payment
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.ids import fraud_warning_id, operation_of_fraud_warning
from paysandbox.stripe_api.lists.answer import list_answer
from paysandbox.stripe_api.lists.page import Objects, page, page_of_row
from paysandbox.stripe_api.lists.parameters import around, around_in, created_in, span_of
from paysandbox.stripe_api.lookups import find_fraud_warning, find_named
from paysandbox.stripe_api.objects.fraud_warning import fraud_warnings_of
from paysandbox.stripe_api.objects.render import render_fraud_warning
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ListEarlyFraudWarnings, Retrieve
from paysandbox.stripe_api.routes import GET_EARLY_FRAUD_WARNING, LIST_EARLY_FRAUD_WARNINGS
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.events.event_store import StoredEvent, get_event, listed_at, operation_of_event
from paysandbox.webhooks.events.lists import events_of


@stripe_endpoint(LIST_EARLY_FRAUD_WARNINGS)
def list_early_fraud_warnings(call: StripeCall[None, ListEarlyFraudWarnings]) -> StripeAnswer:
    """GET /v1/radar/early_fraud_warnings: list early fraud warnings, newest first, or those of one charge or intent.

    For one payment, one read. For all, the events of warnings, which appear within seconds of them.
    """
    query = call.query
    expand = query.expanded_paths
    store = webhook_tables.event_store()

    def of_event(event: StoredEvent) -> Objects:
        # A payment has at most one warning.
        warning = operation_of_event(event) if event.type == EventType.PAYMENT_FRAUD_WARNING else None
        payment_id = payment_of(warning) if warning else None
        payment = get_payment(ledger(), payment_id) if payment_id else None
        return _warnings(call, payment, expand) if payment else []

    def position_of(name: str) -> str | None:
        warning = operation_of_fraud_warning(name)
        event = get_event(store, call.merchant, event_id(warning)) if warning else None
        return listed_at(event) if event else None

    if query.charge is None and query.payment_intent is None:
        index = events_of(store, call.merchant, *span_of(query.created))
        data, more = page(index, of_event, limit=query.limit, around=around(query, "early_fraud_warning", position_of))
    else:
        named = find_named(call, query.charge, query.payment_intent)
        every = _warnings(call, named, expand) if named else []
        matching = partial(created_in, query.created)
        data, more = page_of_row(
            every, limit=query.limit, around=around_in(query, "early_fraud_warning", every), matching=matching
        )
    return list_answer("/v1/radar/early_fraud_warnings", query, data, more=more)


def _warnings(call: StripeCall, payment: Payment, expand: Collection[str]) -> Objects:
    secret, version = secrets_of(payment.id), call.stripe_version
    return [
        (
            fraud_warning_id(warning_id),
            render_fraud_warning(payment, warning_id, private=secret, expand=expand, version=version),
        )
        for warning_id in fraud_warnings_of(payment)
    ]


@stripe_endpoint(GET_EARLY_FRAUD_WARNING)
def get_early_fraud_warning(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """GET /v1/radar/early_fraud_warnings/{early_fraud_warning}: retrieve an early fraud warning.

    One consistent read.
    """
    query = call.query
    payment, warning = find_fraud_warning(call, call.path.get("early_fraud_warning", ""), "id")
    secret, version = secrets_of(payment.id), call.stripe_version
    shown = render_fraud_warning(payment, warning, private=secret, expand=query.expand, version=version)
    return StripeAnswer(body=shown, transaction_id=warning, outcome="shown")
