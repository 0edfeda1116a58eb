# pyright: standard
"""What requests do with subscriptions.

What falls due on a subscription by then is done first, so that no answer depends on whether the sweep was there before.
"""

from itertools import takewhile
from typing import Any, Final

from paysandbox.core.errors import Code, Contended, Refused
from paysandbox.core.record import replace
from paysandbox.payments.bank.acquirer import Answered
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.billing import invoice as of_invoice, subscription as rules
from paysandbox.stripe_api.billing.advancing import customer_of, renewed, up_to_date
from paysandbox.stripe_api.billing.collecting import (
    Collection,
    answer_to,
    collect,
    open_payment,
    payment_id_of,
)
from paysandbox.stripe_api.billing.groups import NEXT_PLACE, canceled, get_invoice, get_subscription, with_due
from paysandbox.stripe_api.billing.methods import check_is_theirs, method_name, no_method, paying_method
from paysandbox.stripe_api.billing.new_subscription import (
    ERROR_IF_INCOMPLETE,
    NewSubscription,
    new_subscription,
    with_cancellation,
)
from paysandbox.stripe_api.billing.settling import scheduled_attempt, settle
from paysandbox.stripe_api.errors import StripeRefused, no_such
from paysandbox.stripe_api.objects.decline import decline_error
from paysandbox.stripe_api.objects.stored_object import (
    Cause,
    StoredObject,
    as_created,
    as_of,
    before_change,
    change_of,
    changed,
    new_object,
    without_defaults,
)
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import TRIES, Request, change_once, create_once
from paysandbox.stripe_api.resource_kit.parameters import attributes_after

_NEEDS_ACTION: Final = "subscription_payment_intent_requires_action"
"""Stripe's code."""
_NEEDS_PAYER: Final = (
    "Payment for this subscription requires additional user action before it can be completed successfully. Payment "
    "can be completed using the PaymentIntent associated with `subscription.latest_invoice`."
)
"""Stripe's words (stripe-php#665)."""


def create(request: Request) -> StripeAnswer:
    """Create a subscription, and attempt the payment of its first invoice.

    Reads, an idempotency record, a transaction, the payment's write, and a transaction of what follows. The same key
    and parameters always get the same answer: the subscription as the request left it.
    """
    call = request.call
    tree = request.expanded(call.body.expand)
    attributes = attributes_after(request.resource, {}, call.body)

    def new(name: str, cause: Cause) -> Stored:
        stored = new_object(call.merchant, request.resource.object, name, attributes, cause)
        made = new_subscription(request.draft(stored, None, cause))
        if call.body.payment_behavior == ERROR_IF_INCOMPLETE:
            _check_would_be_paid(request, made)
        return made.stored

    written = create_once(request, new)
    subscription = get_subscription(call.merchant, written.stored.id) or written.stored
    if written.stored.attributes.get(rules.CREATING) or rules.status_of(written.stored.attributes) == rules.INCOMPLETE:
        _begin(request, subscription, written.stored)
        subscription = get_subscription(call.merchant, subscription.id) or subscription
    shown = _after_request(subscription, subscription.created_by.request_id)
    return replace(written, stored=shown).answer(request, tree, outcome="created")


def update(request: Request) -> StripeAnswer:
    """Update a subscription. Reads, an idempotency record, and a transaction if its trial ends now."""
    body = request.call.body
    tree = request.expanded(body.expand)

    def after(current: StoredObject, cause: Cause) -> Stored:
        rules.check_can_change(current.attributes, set(body.model_fields_set))
        attributes = attributes_after(request.resource, current.attributes, body)
        attributes = without_defaults({**attributes, rules.TRIAL_END: current.attributes.get(rules.TRIAL_END)})
        if body.default_payment_method and (customer := request.read("customer", attributes["customer"])):
            check_is_theirs(customer, body.default_payment_method, "default_payment_method")
        attributes = with_cancellation(attributes, body, int(cause.at.timestamp()))
        if body.cancellation_details is not None:
            sent = body.cancellation_details.model_dump(exclude_unset=True)
            attributes = {**attributes, rules.DETAILS: without_defaults({**attributes.get(rules.DETAILS, {}), **sent})}
        if body.automatic_tax is not None:
            attributes = without_defaults({**attributes, "automatic_tax": body.automatic_tax.enabled or None})
        changed_one = changed(current, attributes, cause)
        return _with_trial(changed_one, current, cause, body.trial_end) or (with_due(changed_one),)

    named = _named(request)
    return change_once(request, named, after).answer(request, tree, outcome="changed")


def cancel(request: Request) -> StripeAnswer:
    """Cancel a subscription at once. Its invoices are no longer collected by themselves; open ones stay open.

    Reads, and one transaction. A DELETE has no idempotency key: a later one is refused, as an ID that does not exist.
    """
    call = request.call
    details = call.query.cancellation_details if call.query else None
    tree = request.expanded(call.query.expand if call.query else ())
    named = _named(request)
    if rules.has_ended(named.attributes) and named.changed_by.request_id != call.request_id:
        raise no_such(request.resource.noun, named.id, "id", in_path=True)

    def after(current: StoredObject, cause: Cause) -> Stored:
        given = details.model_dump(exclude_none=True) if details else {}
        return canceled(current, cause, {**rules.REQUESTED, **given})

    current = named
    for _ in range(TRIES):
        cause = request.cause(call.request_id, call.now)
        objects = after(current, cause)
        current = request.put(objects) or request.named()
        # The put may have been repeated, because its answer was lost: then this request finds its own change.
        done = change_of(current, call.request_id)
        if done is not None:
            (body,) = request.rendered([as_of(current, done)], tree)
            return StripeAnswer(body=body, outcome="canceled")
        if rules.has_ended(current.attributes):
            raise no_such(request.resource.noun, named.id, "id", in_path=True)
    raise Contended


def _named(request: Request) -> StoredObject:
    """Return the subscription that the path names, after what falls due on it by now."""
    return up_to_date(request.named(), request.call.now)


def _begin(request: Request, subscription: StoredObject, first: StoredObject) -> None:
    """Attempt the payment of the first invoice of a new subscription, or open it for its payer. Idempotent."""
    invoice = get_invoice(subscription.merchant, first.attributes[rules.LATEST])
    if invoice is None:
        raise AssertionError(f"{subscription.id} has no invoice")
    if of_invoice.LAST_ATTEMPT in invoice.attributes:
        return  # the request is repeated
    cause = first.created_by
    if not first.attributes.get(rules.CREATING):
        open_payment(invoice, replace(cause, at=cause.at + 2 * NEXT_PLACE))
        return
    payment = _attempted(request, subscription, invoice, cause)
    if payment is not None:
        settle(payment)


def _attempted(request: Request, subscription: StoredObject, invoice: StoredObject, cause: Cause) -> Payment | None:
    customer = customer_of(subscription)
    name = method_name(customer, invoice.attributes, subscription.attributes)
    method = paying_method(subscription.merchant, customer, name)
    if method is None:
        return None  # it was detached since; the sweep takes note
    payment_id = payment_id_of(invoice.merchant, invoice.id)
    attempt_id = scheduled_attempt(payment_id, invoice.id, 0)
    how = Collection(
        method=method,
        attempt_id=attempt_id,
        cause=cause,
        off_session=bool(request.call.body.off_session),
        base_url=request.call.request.base_url,
    )
    return collect(invoice, how)


def _check_would_be_paid(request: Request, made: NewSubscription) -> None:
    """Refuse with the bank's decline, before anything is stored, if the first invoice would not be paid."""
    invoice = made.invoice
    if not of_invoice.total_of(invoice.attributes):
        return
    name = method_name(made.customer, invoice.attributes, made.subscription.attributes)
    method = paying_method(invoice.merchant, made.customer, name)
    if method is None:
        raise no_method()
    answer = answer_to(invoice, method, off_session=bool(request.call.body.off_session))
    if not isinstance(answer, Answered):
        raise StripeRefused(Code.PAYMENT_DECLINED, _NEEDS_PAYER, card_error={"code": _NEEDS_ACTION})
    if answer.response.decline is not None:
        error = decline_error(answer.response, answer.response.decline)
        raise StripeRefused(Code.PAYMENT_DECLINED, error["message"], card_error=error)


def _with_trial(after: StoredObject, before: StoredObject, cause: Cause, sent: Any) -> Stored | None:
    """Return a subscription whose trial ends at another time, with its invoice if that is now. None: as it was.

    The end of a trial that is over, or of none, changes nothing (recorded).
    """
    if sent in (None, "") or rules.status_of(before.attributes) != rules.TRIALING:
        return None
    now = int(cause.at.timestamp())
    end = now if sent == "now" else sent
    if end < now:
        detail = "Invalid timestamp: must be an integer Unix timestamp in the future."
        raise Refused(Code.PARAMETER_INVALID, detail, "trial_end")
    is_now = sent == "now"
    moved = {**after.attributes, rules.TRIAL_END: end, rules.ANCHOR: end, rules.WILL_END: is_now or None}
    after = replace(after, attributes=without_defaults(moved))
    if not is_now:
        return (with_due(after),)
    customer = customer_of(before)
    if customer is None or customer.deleted:
        raise no_such("customer", before.attributes["customer"], "customer")
    ended = replace(before, attributes=after.attributes)
    subscription, *others = renewed(ended, customer, cause)
    change = replace(subscription.changes[-1], before=before_change(before.attributes, subscription.attributes))
    return replace(subscription, changes=(*subscription.changes[:-1], change)), *others


def _after_request(subscription: StoredObject, request_id: str) -> StoredObject:
    """Return a subscription as a request has left it: after the last of its changes in a row from the creation on.

    If the request was killed, it is what the first payment came to, which the sweep or the stream has taken over.
    """
    own = list(takewhile(lambda change: change.cause.request_id == request_id, subscription.changes))
    shown = as_of(subscription, own[-1]) if own else as_created(subscription)
    paid = next((change for change in subscription.changes if change.before.get(rules.CREATING)), None)
    return as_of(subscription, paid) if paid and shown.attributes.get(rules.CREATING) else shown
