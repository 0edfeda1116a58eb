"""Charges: routes that read them and their refunds."""

from collections.abc import Collection

from paysandbox.aws.runtime import ledger
from paysandbox.http.answer import Body
from paysandbox.payments.ledger.items import listed_at
from paysandbox.payments.ledger.payment_index import payments_of
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.customers import check_customer
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.ids import attempt_of_charge, charge_id
from paysandbox.stripe_api.lists.answer import list_answer
from paysandbox.stripe_api.lists.page import Objects, page, page_of_row
from paysandbox.stripe_api.lists.parameters import around, around_in, created_in, of_customer, span_of
from paysandbox.stripe_api.lists.refunds import refunds_in
from paysandbox.stripe_api.lists.searches import search_payments
from paysandbox.stripe_api.lookups import find_attempt, find_charge, find_intent_named, refund_of
from paysandbox.stripe_api.objects.render import render_charge, render_refund
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ListChargeRefunds, ListCharges, Retrieve, Search
from paysandbox.stripe_api.resources.transfers.transfer_payments import is_of_transfer, shown_of_transfer
from paysandbox.stripe_api.routes import (
    GET_CHARGE,
    GET_CHARGE_REFUND,
    LIST_CHARGE_REFUNDS,
    LIST_CHARGES,
    SEARCH_CHARGES,
)


@stripe_endpoint(LIST_CHARGES)
def list_charges(call: StripeCall[None, ListCharges]) -> StripeAnswer:
    """GET /v1/charges: list the merchant's charges, newest first, or those of one intent or customer.

    One query per shard of the index, then consistent reads. For one intent, one read. The customer is read first.
    """
    query = call.query
    expand = query.expanded_paths

    def shown(payment: Payment) -> Objects:
        secret, version = secrets_of(payment.id), call.stripe_version
        return [
            (charge_id(attempt_id), render_charge(payment, attempt_id, private=secret, expand=expand, version=version))
            for attempt_id in _attempts(payment)
        ]

    def position_of(name: str) -> str | None:
        payment, attempt = find_attempt(call, name)
        return listed_at(payment) if payment and attempt else None

    def matching(objects: Objects) -> Objects:
        return of_customer(query.customer, created_in(query.created, objects))

    if query.customer is not None:
        check_customer(call, query.customer, deleted_too=True)
    if query.payment_intent is not None:
        every = shown(find_intent_named(call, query.payment_intent))
        data, more = page_of_row(every, limit=query.limit, around=around_in(query, "charge", every), matching=matching)
    else:
        # An attempt may be much later than its intent, but never earlier.
        index = payments_of(ledger(), call.merchant, None, span_of(query.created)[1])
        position = around(query, "charge", position_of)
        data, more = page(index, shown, limit=query.limit, around=position, matching=matching)
    return list_answer("/v1/charges", query, data, more=more)


def _attempts(payment: Payment) -> list[str]:
    """Return the IDs of a payment's attempts, newest first: each is shown as a charge."""
    return [operation.id for operation in reversed(payment.operations) if isinstance(operation, Authorization)]


@stripe_endpoint(SEARCH_CHARGES)
def search_charges(call: StripeCall[None, Search]) -> StripeAnswer:
    """GET /v1/charges/search: find charges by Stripe's search query language, newest first.

    Per 100 payments, one query per shard of the index, then consistent reads.
    """
    return search_payments(call, "charges", objects_of=_charges, render=_render)


def _charges(payment: Payment, version: str) -> Objects:
    return [
        (charge_id(attempt_id), render_charge(payment, attempt_id, version=version))
        for attempt_id in _attempts(payment)
    ]


def _render(payment: Payment, name: str, expand: Collection[str], version: str) -> Body:
    secret = secrets_of(payment.id)
    return render_charge(payment, attempt_of_charge(name) or "", private=secret, expand=expand, version=version)


@stripe_endpoint(GET_CHARGE)
def get_charge(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """GET /v1/charges/{charge}: retrieve a charge, an approved or declined attempt at an intent.

    One consistent read. Of a transfer to an account, that of the transfer, and one of the account's platform.
    """
    query = call.query
    if is_of_transfer(call.path.get("charge", "")):
        return StripeAnswer(body=shown_of_transfer(call, "charge", query.expand), outcome="shown")
    payment, attempt = find_charge(call, call.path.get("charge", ""), "id")
    secret, version = secrets_of(payment.id), call.stripe_version
    shown = render_charge(payment, attempt.id, private=secret, expand=query.expand, version=version)
    return StripeAnswer(body=shown, transaction_id=attempt.id, outcome="shown")


@stripe_endpoint(LIST_CHARGE_REFUNDS)
def list_charge_refunds(call: StripeCall[None, ListChargeRefunds]) -> StripeAnswer:
    """GET /v1/charges/{charge}/refunds: list the refunds of a charge, newest first.

    It is the `url` of the list in a charge (`refunds`). Stripe no longer documents this path, and its older clients use
    it.

    One consistent read.
    """
    query, charge = call.query, call.path["charge"]
    expand = query.expanded_paths
    payment, attempt = find_charge(call, charge, "id")
    every = () if attempt.decline else refunds_in(call, payment, expand)
    data, more = page_of_row(every, limit=query.limit, around=around_in(query, "refund", every))
    return list_answer(f"/v1/charges/{charge}/refunds", query, data, more=more)


@stripe_endpoint(GET_CHARGE_REFUND)
def get_charge_refund(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """GET /v1/charges/{charge}/refunds/{refund}: retrieve a refund of a charge.

    Stripe no longer documents this path, and its older clients use it.

    One consistent read.
    """
    name, version = call.path["refund"], call.stripe_version
    payment, attempt = find_charge(call, call.path["charge"], "id")
    refund = None if attempt.decline else refund_of(payment, name, version)
    if refund is None:
        raise no_such("refund", name, "id")
    secret = secrets_of(payment.id)
    shown = render_refund(payment, refund, private=secret, expand=call.query.expand, version=version)
    return StripeAnswer(body=shown, transaction_id=refund, outcome="shown")
