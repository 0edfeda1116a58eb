# pyright: standard
"""Retrieve and list the payments of invoices, which are stored in them."""

from paysandbox.aws.runtime import ledger
from paysandbox.payments.ledger.store import get_payment
from paysandbox.payments.payment import state_of
from paysandbox.stripe_api.billing.groups import get_invoice
from paysandbox.stripe_api.billing.invoice import INVOICE
from paysandbox.stripe_api.billing.invoice_shown import invoice_of_payment, payments_of
from paysandbox.stripe_api.ids import payment_of_intent
from paysandbox.stripe_api.lists.answer import list_answer
from paysandbox.stripe_api.lists.page import Objects, page, page_of_row
from paysandbox.stripe_api.lists.parameters import around, around_in
from paysandbox.stripe_api.objects.intent_state import terms_of
from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.resource_kit.objects_table import listed_at, objects_of
from paysandbox.stripe_api.resource_kit.operations import Request
from paysandbox.stripe_api.resource_kit.rendering import render
from paysandbox.stripe_api.resource_kit.tables import objects_table


def list(request: Request) -> StripeAnswer:  # noqa: A001 - the verb
    """List the payments of an invoice or of an intent: two reads. Of all: a page of invoices that were finalized."""
    query, resource, call = request.call.query, request.resource, request.call
    tree = request.expanded(query.expanded_paths)
    found: dict[str, StoredObject] = {}

    def shown(invoice: StoredObject) -> Objects:
        if invoice.deleted:
            return []
        payments = {each.id: each for each in payments_of(invoice)}
        found.update(payments)
        entries = [(name, render(resource, each)) for name, each in payments.items()]
        return [entry for entry in entries if query.status in (None, entry[1]["status"])]

    def position_of(name: str) -> str | None:
        invoice = request.read(INVOICE, invoice_of_payment(name) or "")
        return listed_at(invoice) if invoice else None

    if query.invoice or query.payment:
        entries = [entry for invoice in _invoices(request) for entry in shown(invoice)]
        bodies, more = page_of_row(entries, limit=query.limit, around=around_in(query, resource.noun, entries))
    else:
        index = objects_of(objects_table(), INVOICE, call.merchant, None, None)
        bodies, more = page(index, shown, limit=query.limit, around=around(query, resource.noun, position_of))
    data = request.rendered([found[body["id"]] for body in bodies], tree)
    return list_answer(f"/v1{resource.path}", query, data, more=more)


def get(request: Request) -> StripeAnswer:
    """Retrieve the payment of an invoice. A read of the invoice, and one of what is expanded."""
    name, tree = request.call.path.get("id", ""), request.expanded(request.call.query.expand)
    invoice = request.read(INVOICE, invoice_of_payment(name) or "")
    payments = payments_of(invoice) if invoice is not None and not invoice.deleted else ()
    if not payments:
        raise request.unknown(name)
    (body,) = request.rendered(payments, tree)
    return StripeAnswer(body=body, outcome="shown")


def _invoices(request: Request) -> tuple[StoredObject, ...]:
    """Return the invoice that a list names, itself or by its intent; none if there is none."""
    query, merchant = request.call.query, request.call.merchant
    names = {query.invoice} if query.invoice else set[str | None]()
    if query.payment is not None:
        payment_id = payment_of_intent(query.payment.payment_intent or "")
        payment = get_payment(ledger(), payment_id) if payment_id else None
        is_theirs = payment is not None and payment.merchant == merchant
        of_intent = terms_of(payment, state_of(payment)).invoice if payment is not None and is_theirs else None
        names = {of_intent} if not names else names & {of_intent}
    found = (get_invoice(merchant, name) for name in names if name)
    return tuple(each for each in found if each is not None)
