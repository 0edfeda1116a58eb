# pyright: standard
"""The deletion of a customer, which also cancels their subscriptions at once (Stripe, "Delete a customer").

A new subscription writes its customer, and a deletion too: of both, the later one is made again, and finds what the
first has left. So no subscription of a deleted customer is active, but for one that the index does not list yet
although 25 newer ones follow it: that one ends with its period (`advancing`).
"""

from typing import Final

from paysandbox.aws.dynamodb.sharded_index import newest
from paysandbox.core.errors import Contended
from paysandbox.stripe_api.billing.advancing import up_to_date
from paysandbox.stripe_api.billing.groups import canceled, store
from paysandbox.stripe_api.billing.subscription import OF_CUSTOMER, REQUESTED, SUBSCRIPTION, has_ended
from paysandbox.stripe_api.objects.stored_object import StoredObject, change_of, deleted
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.objects_table import get_objects, objects_of_customer
from paysandbox.stripe_api.resource_kit.operations import TRIES, Request
from paysandbox.stripe_api.resource_kit.rendering import render
from paysandbox.stripe_api.resource_kit.tables import objects_table

MAX_TOGETHER: Final = 10
"""Objects in the transaction of the customer. An item has up to 350 KB, and DynamoDB takes 4 MB."""

_AT_ONCE: Final = 100
"""Subscriptions that are read together."""


def delete(request: Request) -> StripeAnswer:
    """Delete a customer, and cancel what is left of their subscriptions, after what falls due on those by now.

    Takes a read, and one conditional put or one transaction. Of a customer with subscriptions, also one query per shard
    of the index, and their reads. More than fit into the transaction are canceled before, each in one of its own: if
    the function is killed there, the customer is not deleted yet, and the request can be repeated. A DELETE has no
    idempotency key: a later one is refused, as an ID that does not exist.
    """
    call = request.call
    for _ in range(TRIES):
        customer = request.named()
        # The put may have been repeated, because its answer was lost: then this request finds its own tombstone.
        if change_of(customer, call.request_id) is None and customer.deleted:
            raise request.unknown(customer.id)
        if not customer.deleted:
            stored = _deleted(request, customer)
            if stored is None or change_of(stored, call.request_id) is None:
                continue
            customer = stored
        return StripeAnswer(body=render(request.resource, customer, call.stripe_version), outcome="deleted")
    raise Contended


def _deleted(request: Request, customer: StoredObject) -> StoredObject | None:
    """Store the tombstone of a customer. Returns what is stored in its place then, or None: it is to be read again."""
    call = request.call
    before = [each for each in _subscriptions(customer) if not has_ended(each.attributes)]
    subscriptions = [up_to_date(each, call.now) for each in before]
    if subscriptions != before:
        return None  # what fell due may have changed the customer too
    cause = request.cause(call.request_id, call.now)
    ends: list[Stored] = [canceled(each, cause, REQUESTED) for each in subscriptions]
    while sum(map(len, ends)) > MAX_TOGETHER:
        if not store(ends.pop(0)):
            return None
    tombstone = deleted(customer, customer.attributes, cause)
    return request.put((tombstone, *(each for end in ends for each in end)))


def _subscriptions(customer: StoredObject) -> list[StoredObject]:
    """Read a customer's subscriptions, the oldest first: those of the index, and the newest, whose IDs it has."""
    names: list[str] = customer.attributes.get(OF_CUSTOMER, [])
    if not names:
        return []
    index = objects_of_customer(objects_table(), SUBSCRIPTION, customer.merchant, customer.id, None, None)
    found: dict[str, StoredObject] = {}
    cursor: str | None = None
    while True:
        page, cursor = newest(index, limit=_AT_ONCE, cursor=cursor)
        found |= {each.id: each for each in page}
        if cursor is None:
            break
    found |= get_objects(
        objects_table(), customer.merchant, SUBSCRIPTION, [name for name in names if name not in found]
    )
    return sorted(found.values(), key=lambda each: (each.created_at, each.id))
