# pyright: standard
"""Customers' sources: their saved cards in an older form, and sources that are created by themselves.

Source: Stripe, "Cards" and "Sources" (API reference), and the types of its SDKs.
"""

from typing import Final

from paysandbox.stripe_api.ids import SOURCE, SOURCE_OBJECT
from paysandbox.stripe_api.objects.source import source_body
from paysandbox.stripe_api.objects.stored_method import CUSTOMER, PAYMENT_METHOD, is_source, is_source_object
from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.resource_kit import declaration as kit


def _events(before: StoredObject | None, after: StoredObject) -> tuple[str, ...]:
    """Return the event of a write: a source exists as long as it is a customer's.

    Stripe has no event of an update of one that was created by itself.
    """
    if not is_source(after.id):
        return ()
    was, is_now = (bool(stored and stored.attributes.get(CUSTOMER)) for stored in (before, after))
    if was and is_now:
        return () if is_source_object(after.id) else ("updated",)
    return ("created",) if is_now else ("deleted",) if was else ()


def _events_of_object(before: StoredObject | None, after: StoredObject) -> tuple[str, ...]:
    """Return the event of a write: a card can be charged as soon as its source is created."""
    return ("chargeable",) if before is None and is_source_object(after.id) else ()


SOURCES: Final = kit.Resource(
    object=SOURCE,
    prefix=SOURCE,
    path="/sources",
    noun="source",
    fields=(),
    shown=kit.Shown(derived=source_body, lacks=("created", "livemode"), form_of=PAYMENT_METHOD),
    routes=kit.Routes(operations=()),
    events=kit.Events(object="customer.source", ends=("created", "updated", "deleted"), of=_events),
)
"""Their routes have the path of their customer, and rows of their own."""

SOURCE_OBJECTS: Final = kit.Resource(
    object="source",
    prefix=SOURCE_OBJECT,
    path="/sources",
    noun="source",
    fields=(),
    shown=kit.Shown(derived=source_body, form_of=PAYMENT_METHOD),
    routes=kit.Routes(id_param="source", operations=()),
    events=kit.Events(ends=("chargeable",), of=_events_of_object),
)
"""Of type `card`, which Stripe charges and attaches to customers as it does payment methods."""
