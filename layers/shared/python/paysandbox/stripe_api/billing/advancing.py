# pyright: standard
"""What time does with subscriptions and invoices: each step at its own time, in order of time, once.

A step is one transaction, or the attempt at a payment, after which the invoice follows. Its IDs are derived from what
it is about, and not from when it is made. So it does not matter whether a clock is moved once or in many steps, whether
the sweep or a request comes first, or where a function is killed.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from paysandbox.core.errors import Code, Contended, Refused
from paysandbox.core.record import replace
from paysandbox.stripe_api.billing import invoice as of_invoice, subscription as of_subscription
from paysandbox.stripe_api.billing.collecting import (
    Collection,
    cancel_payment,
    collect,
    open_payment,
    payment_id_of,
    payment_of,
)
from paysandbox.stripe_api.billing.groups import (
    NEXT_PLACE,
    SWEEP,
    get_invoice,
    get_subscription,
    in_group,
    store,
    subscription_of,
    with_due,
)
from paysandbox.stripe_api.billing.invoice import CUSTOMER, INVOICE, NO_METHOD, Outcome, next_step
from paysandbox.stripe_api.billing.methods import method_name, paying_method
from paysandbox.stripe_api.billing.new_invoice import (
    draft_for_period,
    finalizing,
    pending_items,
    period_invoice,
    without_pending,
)
from paysandbox.stripe_api.billing.settling import scheduled_attempt, settle
from paysandbox.stripe_api.billing.subscription import SUBSCRIPTION, Step, todo
from paysandbox.stripe_api.objects.stored_object import Attributes, Cause, StoredObject, changed, without_defaults
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.objects_table import get_object
from paysandbox.stripe_api.resource_kit.tables import objects_table

_MAX_STEPS: Final = 10_000
"""Of one object in a row: twenty years of days."""


def advance_due(stored: StoredObject, now: datetime) -> bool:
    """Take the step that is due first on a subscription or an invoice, as it was read. Returns whether there was one.

    If another one was faster, nothing is written: it is read again.
    """
    step = _first(stored)
    if step is None or step.at > now:
        return False
    _take(stored, step)
    return True


def up_to_date(stored: StoredObject, now: datetime) -> StoredObject:
    """Take all steps that are due on a subscription, or an invoice with its subscription. Returns it as it is then."""
    owner = subscription_of(stored) if stored.object == INVOICE else stored
    owner = owner or stored
    for _ in range(_MAX_STEPS):
        step = _first(owner)
        if step is None or step.at > now:
            break
        _take(owner, step)
        owner = _read(owner)
    else:
        raise Contended
    return owner if owner.id == stored.id else _read(stored)


def customer_of(stored: StoredObject) -> StoredObject | None:
    """Read the customer of a subscription or an invoice. A deleted one is a tombstone."""
    return get_object(objects_table(), "customer", stored.merchant, stored.attributes[CUSTOMER])


def _first(stored: StoredObject) -> Step | None:
    if stored.deleted:
        return None
    if stored.object == SUBSCRIPTION:
        return next(iter(todo(stored)), None)
    step = next_step(stored)
    return Step(at=step[1], name=step[0], invoice=stored.id) if step and stored.due_at is not None else None


def _take(stored: StoredObject, step: Step) -> None:
    if step.invoice is None:
        _OF_SUBSCRIPTION[step.name](stored, step)
        return
    invoice = stored if stored.object == INVOICE else get_invoice(stored.merchant, step.invoice)
    subscription = stored if stored.object == SUBSCRIPTION else None
    if invoice is None:
        raise AssertionError(f"{stored.id} has no invoice {step.invoice}")
    current = next_step(invoice)
    if current is None or current[0] != step.name:
        if subscription is not None:  # it was read before the invoice was changed: of what falls due, the invoice tells
            cause = _cause(subscription, step)
            store(in_group(invoice, subscription, cause)[1:])
        return
    _OF_INVOICE[step.name](invoice, subscription, step)


def _cause(stored: StoredObject, step: Step) -> Cause:
    """Return what a step stores as its cause. The version makes each step another operation."""
    return Cause(operation_id=f"{stored.id}:{step.name}:{stored.version}", request_id=SWEEP, at=step.at)


def _read(stored: StoredObject) -> StoredObject:
    read = get_invoice if stored.object == INVOICE else get_subscription
    return read(stored.merchant, stored.id) or stored


# --- subscriptions ----------------------------------------------------------------------------------------------------


def _expire_incomplete(subscription: StoredObject, step: Step) -> None:
    """End a subscription whose first invoice was not paid in time, and void that. Its payment is canceled first."""
    cause = _cause(subscription, step)
    invoice = get_invoice(subscription.merchant, subscription.attributes[of_subscription.LATEST])
    is_open = invoice is not None and of_invoice.status_of(invoice.attributes) == of_invoice.OPEN
    if invoice is not None and is_open and settle(cancel_payment(invoice, step.at, SWEEP), invoice) is not invoice:
        return  # it was paid, or attempted, meanwhile
    attributes = {
        **subscription.attributes,
        of_subscription.STATUS: of_subscription.INCOMPLETE_EXPIRED,
        of_subscription.ENDED_AT: int(step.at.timestamp()),
        of_subscription.UNFINISHED: None,
        of_subscription.CREATING: None,
    }
    ended = with_due(changed(subscription, without_defaults(attributes), cause))
    if invoice is None or not is_open:
        store((ended,))
        return
    store((ended, changed(invoice, of_invoice.ended(invoice.attributes, of_invoice.VOID, step.at), cause)))


def _announce_trial_end(subscription: StoredObject, step: Step) -> None:
    _store(subscription, {**subscription.attributes, of_subscription.WILL_END: True}, step)


def _cancel(subscription: StoredObject, step: Step) -> None:
    at = int(step.at.timestamp())
    _store(subscription, of_subscription.canceled(subscription.attributes, at, of_subscription.REQUESTED), step)


def _end_period(subscription: StoredObject, step: Step) -> None:
    """Begin the next period, with the draft of its invoice, which takes the customer's pending items.

    The deletion of a customer cancels what it finds (`customers.deletion`). What it did not find ends here.
    """
    customer = customer_of(subscription)
    if customer is None or customer.deleted:
        _cancel(subscription, step)
        return
    store(renewed(subscription, customer, _cause(subscription, step)))


def renewed(subscription: StoredObject, customer: StoredObject, cause: Cause) -> Stored:
    """Return a subscription in its next period, with the draft of its invoice, and the pending items that it takes."""
    number = subscription.attributes[of_subscription.NUMBER] + 1
    # The draft follows the subscription in the log, although the same write stores both.
    following = replace(cause, at=cause.at + NEXT_PLACE)
    draft, taken = draft_for_period(subscription, customer, number, following, pending_items(customer))
    if of_subscription.status_of(subscription.attributes) == of_subscription.UNPAID:
        draft = replace(draft, attributes=without_defaults({**draft.attributes, of_invoice.AUTO_ADVANCE: None}))
    attributes = of_subscription.renewed(subscription.attributes, period_invoice(subscription, number), cause.at)
    after = changed(subscription, of_subscription.with_invoice(attributes, draft), cause)
    owner = (without_pending(customer, taken),) if taken else ()
    return with_due(after), draft, *taken, *owner


def _store(subscription: StoredObject, attributes: Attributes, step: Step) -> None:
    store((with_due(changed(subscription, without_defaults(attributes), _cause(subscription, step))),))


_OF_SUBSCRIPTION: Final[Mapping[str, Callable[[StoredObject, Step], None]]] = {
    "expire_incomplete": _expire_incomplete,
    "announce_trial_end": _announce_trial_end,
    "cancel": _cancel,
    "end_period": _end_period,
}


# --- invoices ---------------------------------------------------------------------------------------------------------


def _finalize(invoice: StoredObject, subscription: StoredObject | None, step: Step) -> None:
    cause = _cause(invoice, step)
    finalized, counted = finalizing(invoice, customer_of(invoice), step.at, cause)
    objects = in_group(finalized, subscription, cause)
    is_open = of_invoice.status_of(finalized.attributes) == of_invoice.OPEN
    if store((*objects, *counted)) and is_open and not of_invoice.is_collected(finalized.attributes):
        open_payment(finalized, cause)


def _attempt(invoice: StoredObject, subscription: StoredObject | None, step: Step) -> None:
    """Attempt the payment of an invoice with the card of its subscription or its customer.

    The ledger may have decided it already: then the invoice only follows.
    """
    attempts = invoice.attributes.get(of_invoice.ATTEMPTS, 0)
    if of_invoice.LAST_ATTEMPT in invoice.attributes:
        payment = payment_of(invoice)
        if payment is not None and settle(payment, invoice) is not invoice:
            return
    customer = customer_of(invoice)
    owners = (invoice.attributes, *((subscription.attributes,) if subscription else ()))
    method = paying_method(invoice.merchant, customer, method_name(customer, *owners))
    payment_id = payment_id_of(invoice.merchant, invoice.id)
    attempt_id = scheduled_attempt(payment_id, invoice.id, attempts)
    cause = Cause(operation_id=attempt_id, request_id=SWEEP, at=step.at)
    if method is not None:
        try:
            payment = collect(invoice, Collection(method=method, attempt_id=attempt_id, cause=cause, off_session=True))
        except Refused as refused:
            if refused.code is Code.SERVICE_UNAVAILABLE:
                raise
        else:
            if settle(payment, invoice) is invoice:
                _stop(invoice, subscription, cause)
            return
    open_payment(invoice, cause)
    outcome = Outcome(id=attempt_id, at=step.at, request_id=SWEEP, kind=NO_METHOD)
    failed = changed(invoice, of_invoice.with_outcome(invoice.attributes, outcome, is_retry=True), cause)
    store(in_group(failed, subscription, cause))


def _stop(invoice: StoredObject, subscription: StoredObject | None, cause: Cause) -> None:
    """Collect an invoice no longer: its payment was canceled, by whoever was killed before they ended the invoice."""
    store(in_group(changed(invoice, of_invoice.stopped(invoice.attributes), cause), subscription, cause))


def _give_up(invoice: StoredObject, subscription: StoredObject | None, step: Step) -> None:
    cause = _cause(invoice, step)
    store(in_group(changed(invoice, of_invoice.exhausted(invoice.attributes), cause), subscription, cause))


def _overdue(invoice: StoredObject, subscription: StoredObject | None, step: Step) -> None:
    cause = _cause(invoice, step)
    after = changed(invoice, {**invoice.attributes, of_invoice.OVERDUE: True}, cause)
    store(in_group(after, subscription, cause))


_OF_INVOICE: Final[Mapping[str, Callable[[StoredObject, StoredObject | None, Step], None]]] = {
    "finalize": _finalize,
    "attempt": _attempt,
    "give_up": _give_up,
    "overdue": _overdue,
}
