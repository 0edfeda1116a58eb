# pyright: standard
"""What requests do with invoices, beside creating and updating them.

What falls due on the invoice's subscription by then is done first, so that no answer depends on whether the sweep was
there before.
"""

from datetime import datetime
from typing import Final

from paysandbox.core import ids
from paysandbox.core.errors import Code, Contended, Refused
from paysandbox.core.record import replace
from paysandbox.payments.idempotency import run_idempotent
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.billing import invoice as rules
from paysandbox.stripe_api.billing.advancing import up_to_date
from paysandbox.stripe_api.billing.collecting import (
    Collection,
    amount_of,
    cancel_payment,
    collect,
    has_attempt,
    open_payment,
    payment_id_of,
    payment_of,
)
from paysandbox.stripe_api.billing.groups import in_group, store, subscription_of
from paysandbox.stripe_api.billing.invoice_shown import LINE_ITEM, line_body
from paysandbox.stripe_api.billing.methods import check_is_theirs, method_name, no_method, paying_method
from paysandbox.stripe_api.billing.new_invoice import INVOICE_ITEM, finalizing
from paysandbox.stripe_api.billing.settling import settle
from paysandbox.stripe_api.errors import StripeRefused
from paysandbox.stripe_api.lists.answer import list_answer
from paysandbox.stripe_api.lists.page import page_of_row
from paysandbox.stripe_api.lists.parameters import around_in
from paysandbox.stripe_api.objects.decline import decline_error
from paysandbox.stripe_api.objects.intent_state import IntentStatus
from paysandbox.stripe_api.objects.stored_object import (
    Attributes,
    Cause,
    StoredObject,
    as_of,
    change_of,
    changed,
    deleted,
    without_defaults,
)
from paysandbox.stripe_api.payment_intents.owned_intents import status_of_payment
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import TRIES, Request, Written, change_once
from paysandbox.stripe_api.resource_kit.rendering import render
from paysandbox.stripe_api.version_rows import in_version

_OF_SUBSCRIPTION: Final = "You can't delete invoices created by subscriptions."
"""Stripe's words (stripe-node#657)."""
_NEEDS_ACTION: Final = (
    "Your card was declined because it requires authentication. The payment intent of this invoice requires action."
)
_NEEDS_ACTION_CODE: Final = "invoice_payment_intent_requires_action"
"""Stripe's code (stripe-node#628)."""
_CANCELED: Final = "The payment intent of this invoice was canceled: it can be voided, or paid out of band."


def list_lines(request: Request) -> StripeAnswer:
    """List the lines of an invoice. A read of the invoice."""
    query, invoice = request.call.query, request.named()
    lines, version = invoice.attributes.get(rules.LINES, ()), request.call.stripe_version
    every = [in_version(LINE_ITEM, line_body(invoice, line), version) for line in lines]
    bodies = [(body["id"], body) for body in every]
    data, more = page_of_row(bodies, limit=query.limit, around=around_in(query, LINE_ITEM, bodies))
    return list_answer(f"/v1{request.resource.path}/{invoice.id}/lines", query, data, more=more)


def delete(request: Request) -> StripeAnswer:
    """Delete a draft that no subscription has made, with its invoice items. Two reads, and one transaction."""
    current, call = request.named(), request.call
    for _ in range(TRIES):
        if current.deleted:
            raise request.unknown(current.id)
        if current.attributes.get(rules.REASON, rules.MANUAL) != rules.MANUAL:
            raise Refused(Code.REQUEST_INVALID, _OF_SUBSCRIPTION)
        rules.check_can(current.attributes, "delete")
        cause = request.cause(call.request_id, call.now)
        names = [line["invoice_item"] for line in current.attributes.get(rules.LINES, ()) if line.get("invoice_item")]
        items = request.read_many(INVOICE_ITEM, names) if names else {}
        tombstone = deleted(current, current.attributes, cause)
        gone = [deleted(each, each.attributes, cause) for each in items.values() if not each.deleted]
        objects = in_group(tombstone, subscription_of(current, request.read), cause)
        current = request.put((*objects, *gone)) or request.named()
        if change_of(current, call.request_id):
            return StripeAnswer(body=render(request.resource, current, call.stripe_version), outcome="deleted")
    raise Contended


def finalize(request: Request) -> StripeAnswer:
    """Finalize a draft, and open its payment. Reads, an idempotency record, a transaction, and one write."""
    sent = request.call.body.auto_advance

    def after(current: StoredObject, cause: Cause) -> Stored:
        rules.check_can(current.attributes, "finalize")
        advancing = current if sent is None else _with(current, {rules.AUTO_ADVANCE: sent or None})
        return _finalized(request, advancing, cause)

    tree = request.expanded(request.call.body.expand)
    written = change_once(request, _named(request), after)
    if rules.status_of(written.stored.attributes) == rules.OPEN:
        open_payment(written.stored, written.stored.changed_by)
        _advance(request, written.stored)
    return written.answer(request, tree, outcome="finalized")


def pay(request: Request) -> StripeAnswer:
    """Pay an invoice: by its payment, which is attempted once for this request, or elsewhere. Finalizes a draft first.

    Raises Refused with the bank's decline, and as `collect` does.
    """
    body, call = request.call.body, request.call
    tree, named = request.expanded(body.expand), _named(request)
    if body.paid_out_of_band:
        return _paid_elsewhere(request, named).answer(request, tree, outcome="paid")

    def effect(operation_id: str, at: datetime) -> tuple[StoredObject, str]:
        return _paid_once(request, named, request.cause(operation_id, at))

    (stored, first), replayed = run_idempotent(call, request.resource.prefix, effect)
    written = Written(stored, replayed and first != call.request_id, first)
    return written.answer(request, tree, outcome="paid")


def _paid_once(request: Request, invoice: StoredObject, cause: Cause) -> tuple[StoredObject, str]:
    """Return an invoice as this operation has paid it, and the request that did."""
    payment_id = payment_id_of(invoice.merchant, invoice.id)
    attempt_id = ids.step_id(ids.ATTEMPT, payment_id, cause.operation_id)
    for _ in range(TRIES):
        done = change_of(invoice, attempt_id) or change_of(invoice, cause.operation_id)
        status = rules.status_of(invoice.attributes)
        left = as_of(invoice, done) if done is not None else invoice
        if done is not None and _is_answered(left.attributes):
            return left, done.cause.request_id
        payment = payment_of(invoice) if rules.INTENT in invoice.attributes else None
        if payment is not None and has_attempt(payment, attempt_id):
            invoice = settle(payment) or invoice
            _refuse_failure(payment, attempt_id)
        elif status == rules.DRAFT:
            objects = _finalized(request, invoice, cause)
            invoice = objects[0] if store(objects) else request.named()
        else:
            rules.check_can(invoice.attributes, "pay")
            payment = collect(invoice, _collection(request, invoice, attempt_id, cause))
            if status_of_payment(payment) is IntentStatus.CANCELED:
                raise Refused(Code.REQUEST_INVALID, _CANCELED)
    raise Contended


def _is_answered(attributes: Attributes) -> bool:
    """Whether an attempt has paid an invoice, or its bank has not answered yet."""
    last = attributes.get(rules.LAST_ATTEMPT)
    return rules.status_of(attributes) == rules.PAID or (last is not None and last[1] == rules.PENDING)


def _collection(request: Request, invoice: StoredObject, attempt_id: str, cause: Cause) -> Collection:
    """Return how a request collects an invoice: with the card that it names, or with the one that pays by default."""
    body, customer = request.call.body, request.read("customer", invoice.attributes[rules.CUSTOMER])
    chosen = body.payment_method or body.source
    if chosen and customer is not None:
        check_is_theirs(customer, chosen, "payment_method" if body.payment_method else "source")
    subscription = subscription_of(invoice, request.read)
    owners = (invoice.attributes, *((subscription.attributes,) if subscription else ()))
    method = paying_method(invoice.merchant, customer, chosen or method_name(customer, *owners))
    if method is None:
        raise no_method()
    return Collection(
        method=method,
        attempt_id=attempt_id,
        cause=replace(cause, operation_id=attempt_id),
        off_session=bool(body.off_session),
        base_url=request.call.request.base_url,
    )


def void(request: Request) -> StripeAnswer:
    """Void an invoice, whose payment is canceled first: it is paid if the bank has approved that meanwhile."""
    return _ended(request, "void", rules.VOID, "voided")


def mark_uncollectible(request: Request) -> StripeAnswer:
    """Mark an invoice as uncollectible. It can still be paid."""
    return _ended(request, "mark_uncollectible", rules.UNCOLLECTIBLE, "marked")


def send(request: Request) -> StripeAnswer:
    """Send an invoice, which finalizes a draft. No e-mail is sent: there is the event."""

    def after(current: StoredObject, cause: Cause) -> Stored:
        rules.check_can(current.attributes, "send")
        at = int(cause.at.timestamp())
        if rules.status_of(current.attributes) == rules.DRAFT:
            return _finalized(request, _with(current, {rules.SENT_AT: at}), cause)
        return _changed(request, current, {**current.attributes, rules.SENT_AT: at}, cause)

    tree = request.expanded(request.call.body.expand)
    written = change_once(request, _named(request), after)
    if rules.status_of(written.stored.attributes) == rules.OPEN:
        open_payment(written.stored, written.stored.changed_by)
    return written.answer(request, tree, outcome="sent")


def _named(request: Request) -> StoredObject:
    """Return the invoice that the path names, after what falls due on it and its subscription by now."""
    invoice = request.named()
    return invoice if invoice.deleted else up_to_date(invoice, request.call.now)


def _ended(request: Request, to: rules.To, status: str, outcome: str) -> StripeAnswer:
    tree = request.expanded(request.call.body.expand)

    def after(current: StoredObject, cause: Cause) -> Stored:
        rules.check_can(current.attributes, to)
        if status == rules.VOID and rules.INTENT in current.attributes:
            payment = cancel_payment(current, cause.at, cause.request_id)
            settled = settle(payment)
            if settled is not None and rules.status_of(settled.attributes) == rules.PAID:
                raise Refused(Code.REQUEST_INVALID, "This invoice was paid meanwhile.")
            current = settled or current
        return _changed(request, current, rules.ended(current.attributes, status, cause.at), cause)

    return change_once(request, _named(request), after).answer(request, tree, outcome=outcome)


def _paid_elsewhere(request: Request, named: StoredObject) -> Written:
    """Mark an invoice as paid elsewhere. Its payment is canceled, unless the bank has approved it."""

    def after(current: StoredObject, cause: Cause) -> Stored:
        rules.check_can(current.attributes, "pay")
        if rules.status_of(current.attributes) == rules.DRAFT:
            return _finalized(request, current, cause, is_paid_elsewhere=True)
        settled = settle(cancel_payment(current, cause.at, cause.request_id)) or current
        rules.check_can(settled.attributes, "pay")
        paid = rules.paid(settled.attributes, 0, cause.at, out_of_band=True)
        return _changed(request, settled, paid, cause)

    return change_once(request, named, after)


def _finalized(request: Request, current: StoredObject, cause: Cause, *, is_paid_elsewhere: bool = False) -> Stored:
    """Return a draft that is finalized, with its subscription, and the customer, who counts its number.

    One that is paid elsewhere in the same write has no attempt that its subscription would have to take note of.
    """
    amount_of(current.attributes)
    customer = request.read("customer", current.attributes[rules.CUSTOMER])
    invoice, counted = finalizing(current, customer, cause.at, cause)
    if is_paid_elsewhere:
        invoice = changed(current, rules.paid(invoice.attributes, 0, cause.at, out_of_band=True), cause)
    return *in_group(invoice, subscription_of(current, request.read), cause), *counted


def _changed(request: Request, current: StoredObject, attributes: Attributes, cause: Cause) -> Stored:
    return in_group(changed(current, attributes, cause), subscription_of(current, request.read), cause)


def _with(invoice: StoredObject, more: Attributes) -> StoredObject:
    """Return an invoice with more attributes, as the same change has them."""
    return replace(invoice, attributes=without_defaults({**invoice.attributes, **more}))


def _advance(request: Request, invoice: StoredObject) -> None:
    """Attempt the payment of an invoice that advances by itself, as the sweep would."""
    up_to_date(invoice, request.call.now)


def _refuse_failure(payment: Payment, attempt_id: str) -> None:
    """Refuse with the bank's decline if an attempt came to one, or to a challenge."""
    attempt = next(each for each in payment.operations if each.id == attempt_id)
    outcome = [each for each in rules.outcomes_of(payment) if each.request_id == attempt.request_id][-1]
    if outcome.kind == rules.NEEDS_ACTION:
        raise StripeRefused(Code.PAYMENT_DECLINED, _NEEDS_ACTION, card_error={"code": _NEEDS_ACTION_CODE})
    if isinstance(attempt, Authorization) and attempt.decline is not None:
        error = decline_error(attempt.response, attempt.decline)
        raise StripeRefused(Code.PAYMENT_DECLINED, error["message"], card_error=error)
