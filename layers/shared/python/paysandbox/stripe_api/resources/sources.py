# pyright: standard
"""Customers' sources: their saved cards in an older form. Source: Stripe, "Cards" (API reference), and the types of its
SDKs.
"""

from typing import Final

from paysandbox.stripe_api.ids import SOURCE
from paysandbox.stripe_api.objects.source import source_body
from paysandbox.stripe_api.objects.stored_method import CUSTOMER, PAYMENT_METHOD, is_source
from paysandbox.stripe_api.resource_kit import declaration as kit
from paysandbox.stripe_api.resource_kit.stored_object import StoredObject


def _events(before: StoredObject | None, after: StoredObject) -> tuple[str, ...]:
    """Return the event of a write: a source exists as long as it is a customer's."""
    if not is_source(after.id):
        return ()
    was, is_now = (bool(stored and stored.attributes.get(CUSTOMER)) for stored in (before, after))
    return ("updated",) if was and is_now else ("created",) if is_now else ("deleted",) if was else ()


SOURCES: Final = kit.Resource(
    object=SOURCE,
    prefix=SOURCE,
    path="/sources",
    noun="source",
    fields=(),
    derived=source_body,
    lacks=("created", "livemode"),
    operations=(),
    form_of=PAYMENT_METHOD,
    event_object="customer.source",
    events=("created", "updated", "deleted"),
    events_of=_events,
)
"""Their routes have the path of their customer, and rows of their own."""
