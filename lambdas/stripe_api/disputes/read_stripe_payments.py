"""Disputes: routes that read them."""

from functools import partial

from paysandbox.aws.runtime import ledger
from paysandbox.disputes import tables
from paysandbox.disputes.disputes_table import listed_at, read_dispute
from paysandbox.disputes.lists import ListedDispute, disputes_of, disputes_of_payment
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.disputes import PATH, find_dispute, render_page
from paysandbox.stripe_api.lists.answer import list_answer
from paysandbox.stripe_api.lists.page import Objects, page, page_of_row
from paysandbox.stripe_api.lists.parameters import around, around_in, created_in, span_of
from paysandbox.stripe_api.lookups import find_charge, find_intent_named
from paysandbox.stripe_api.objects.render import render_dispute
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ListDisputes, Retrieve
from paysandbox.stripe_api.routes import GET_STRIPE_DISPUTE, LIST_STRIPE_DISPUTES


@stripe_endpoint(LIST_STRIPE_DISPUTES)
def list_stripe_disputes(call: StripeCall[None, ListDisputes]) -> StripeAnswer:
    """GET /v1/disputes: list disputes, newest first, or those of one charge or intent.

    One query per shard of the index and reads of the payments, or one read of one payment. Then the evidence of the
    page.
    """
    query = call.query
    expand = query.expanded_paths

    def position_of(name: str) -> str | None:
        found = read_dispute(ledger(), tables.disputes(), name)
        return listed_at(found[0], name) if found and found[0].merchant == call.merchant else None

    if query.charge is None and query.payment_intent is None:
        index = disputes_of(ledger(), tables.disputes(), call.merchant, *span_of(query.created))
        found, more = page(index, _entry, limit=query.limit, around=around(query, "dispute", position_of))
    else:
        every = _named(call, query)
        matching = partial(created_in, query.created)
        found, more = page_of_row(
            every, limit=query.limit, around=around_in(query, "dispute", every), matching=matching
        )
    listed = [body["listed"] for body in found]
    return list_answer("/v1/disputes", query, render_page(call, listed, expand), more=more)


def _entry(listed: ListedDispute) -> Objects:
    """Return a dispute before it is rendered: its evidence is read when it is known to be on the page."""
    return [(listed.dispute.id, {"created": int(listed.dispute.opened_at.timestamp()), "listed": listed})]


def _named(call: StripeCall, query: ListDisputes) -> Objects:
    """Return the disputes of the requested charge or intent. A declined charge has none."""
    if query.charge is not None:
        payment, attempt = find_charge(call, query.charge, "charge")
        return [] if attempt.decline else _of_payment(payment)
    return _of_payment(find_intent_named(call, query.payment_intent or ""))


def _of_payment(payment: Payment) -> Objects:
    return [entry for dispute in disputes_of_payment(payment) for entry in _entry(dispute)]


@stripe_endpoint(GET_STRIPE_DISPUTE)
def get_stripe_dispute(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """GET /v1/disputes/{dispute}: retrieve a dispute.

    One consistent read of the payment and the evidence.
    """
    payment, evidence = find_dispute(call)
    name, secret, version = call.path[PATH], secrets_of(payment.id), call.stripe_version
    shown = render_dispute(payment, name, evidence.texts, private=secret, expand=call.query.expand, version=version)
    return StripeAnswer(body=shown, transaction_id=name, outcome="shown")
