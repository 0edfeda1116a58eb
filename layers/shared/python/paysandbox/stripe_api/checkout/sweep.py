# pyright: standard
"""What falls due on objects, which the sweep does once a minute: Checkout sessions and shared payment tokens expire,
and payouts are sent, arrive or fail.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from paysandbox.aws import runtime, telemetry
from paysandbox.aws.schema import STRIPE_OBJECTS_DUE_SHARDS
from paysandbox.core.record import record
from paysandbox.stripe_api.checkout.ending import expire_due
from paysandbox.stripe_api.checkout.session_resource import SESSION
from paysandbox.stripe_api.objects.granted_token import GRANTED_TOKEN
from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.payment_methods import granted_tokens
from paysandbox.stripe_api.resource_kit.objects_table import due_objects, get_by_key
from paysandbox.stripe_api.resource_kit.tables import objects_table
from paysandbox.stripe_api.resources.payouts import payouts
from paysandbox.stripe_api.resources.payouts.payout import PAYOUT

WHEN_DUE: Final[Mapping[str, Callable[[StoredObject, datetime], bool]]] = {
    SESSION.object: expire_due,
    GRANTED_TOKEN: granted_tokens.expire_due,
    PAYOUT: payouts.advance_due,
}
"""By Stripe's name of the object: does what is due, and returns whether there was something to do."""


@record(kw_only=True)
class ObjectsDone:
    """The number of objects on which something was done, and whether there may be more."""

    objects: int = 0
    more: bool = False


def do_what_is_due(time_left: Callable[[], bool]) -> ObjectsDone:
    """Do what is due on objects, page by page from all shards, while there is time."""
    now, table, done = runtime.now(), objects_table(), 0
    for shard in range(STRIPE_OBJECTS_DUE_SHARDS):
        page = None
        while True:
            if not time_left():
                return _report(ObjectsDone(objects=done, more=True))
            due = due_objects(table, shard, now, page)
            for key in due.ids:
                stored = get_by_key(table, key)
                done += stored is not None and WHEN_DUE[stored.object](stored, now)
            page = due.next_page
            if page is None:
                break
    return _report(ObjectsDone(objects=done))


def _report(done: ObjectsDone) -> ObjectsDone:
    if done.objects:
        telemetry.swept("objects due", {"objects": done.objects, "more": done.more})
    return done
