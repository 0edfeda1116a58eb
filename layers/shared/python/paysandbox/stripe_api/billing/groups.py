# pyright: standard
"""What is stored with an invoice: its subscription, and when something falls due on both.

A subscription and its invoices are one group. Each write of one of its invoices writes the subscription in the same
transaction, in place of the version that was read: so of two writes in a group, the later one is made again of what the
first has left. What falls due on the invoices is in the subscription's item alone.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from paysandbox.core.record import replace
from paysandbox.stripe_api.billing import subscription as of_subscription
from paysandbox.stripe_api.billing.invoice import INVOICE, SUBSCRIPTION as NAMED, next_step, stopped
from paysandbox.stripe_api.billing.subscription import SUBSCRIPTION, due_of
from paysandbox.stripe_api.objects.stored_object import (
    Attributes,
    Cause,
    Read,
    StoredObject,
    before_change,
    changed,
    touched,
    without_defaults,
)
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.objects_table import get_object, put_objects
from paysandbox.stripe_api.resource_kit.tables import objects_table

TRIES: Final = 10
NEXT_PLACE: Final = timedelta(microseconds=1)
"""Between events of one write whose order is not that of their types (`webhooks.events.flow_order`)."""
SWEEP: Final = "sweep"
"""Stands in for the request's ID of what time brings about."""


def with_due(stored: StoredObject) -> StoredObject:
    """Return a subscription, or an invoice that has none, with the time at which something falls due on it."""
    if stored.object == SUBSCRIPTION:
        return replace(stored, due_at=due_of(stored))
    step = next_step(stored)
    return replace(stored, due_at=step[1] if step and NAMED not in stored.attributes else None)


def in_group(
    invoice: StoredObject, subscription: StoredObject | None, cause: Cause, also: Attributes | None = None
) -> Stored:
    """Return what is stored of an invoice that was changed: itself, and its subscription, if it has one.

    That also gets these attributes. If it is canceled because the retries have ended, its other invoices are no longer
    collected by themselves.
    """
    if subscription is None:
        return (with_due(invoice),)
    attributes = of_subscription.with_invoice({**subscription.attributes, **(also or {})}, invoice)
    others: Stored = ()
    if of_subscription.has_ended(attributes) and not of_subscription.has_ended(subscription.attributes):
        others = _stopped(subscription, invoice, cause)
        attributes = without_defaults({**attributes, of_subscription.UNFINISHED: None})
    return invoice, with_due(changed_or_touched(subscription, attributes, cause)), *others


def canceled(subscription: StoredObject, cause: Cause, details: Attributes) -> Stored:
    """Return what is stored if a subscription is canceled at once: itself, and its invoices, which are stopped.

    They are no longer collected by themselves, and open ones stay open.
    """
    attributes = of_subscription.canceled(subscription.attributes, int(cause.at.timestamp()), details)
    names: Iterable[str] = subscription.attributes.get(of_subscription.UNFINISHED, {})
    invoices = [get_invoice(subscription.merchant, name) for name in names]
    others = [changed(each, stopped(each.attributes), cause) for each in invoices if each]
    ended = changed(subscription, without_defaults({**attributes, of_subscription.UNFINISHED: None}), cause)
    return with_due(ended), *others


def _stopped(subscription: StoredObject, but: StoredObject, cause: Cause) -> Stored:
    names: Iterable[str] = subscription.attributes.get(of_subscription.UNFINISHED, {})
    found = [get_invoice(subscription.merchant, name) for name in names if name != but.id]
    return tuple(changed(each, stopped(each.attributes), cause) for each in found if each is not None)


def changed_or_touched(stored: StoredObject, attributes: Attributes, cause: Cause) -> StoredObject:
    """Return an object in its next version, with a change if more than what falls due has changed."""
    if before_change(stored.attributes, attributes).keys() <= {of_subscription.UNFINISHED}:
        return touched(replace(stored, attributes=attributes))
    return changed(stored, attributes, cause)


def subscription_of(invoice: StoredObject, read: Read | None = None) -> StoredObject | None:
    """Read the subscription of an invoice, or None if it has none."""
    name = invoice.attributes.get(NAMED)
    if name is None:
        return None
    return read(SUBSCRIPTION, name) if read else get_object(objects_table(), SUBSCRIPTION, invoice.merchant, name)


def get_invoice(merchant: str, name: str) -> StoredObject | None:
    """Return an invoice as it is stored, its tombstone, or None. One consistent read."""
    return get_object(objects_table(), INVOICE, merchant, name)


def get_subscription(merchant: str, name: str) -> StoredObject | None:
    """Return a subscription as it is stored, or None. One consistent read."""
    return get_object(objects_table(), SUBSCRIPTION, merchant, name)


def store(objects: Stored) -> bool:
    """Store objects in one transaction. Returns whether they are stored."""
    return put_objects(objects_table(), objects) is objects[0]
