"""Our events in Stripe's format, rendered from the payment in the ledger as of the operation, or from the object that
was changed."""

import json
from collections.abc import Callable, Collection
from functools import partial

from paysandbox.aws import runtime
from paysandbox.core.event_type import EventType
from paysandbox.core.ids import payment_of
from paysandbox.core.merchant import is_connected
from paysandbox.core.record import replace
from paysandbox.http.answer import Body
from paysandbox.payments.events.event import Event, events_of
from paysandbox.payments.ledger.store import get_payment
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.default_version import default_version
from paysandbox.stripe_api.events.event import STRIPE_EVENT_TYPES, render_stripe_events
from paysandbox.stripe_api.events.object_event import render_object_event
from paysandbox.stripe_api.events.pending_webhooks import PENDING_WEBHOOKS
from paysandbox.stripe_api.ids import account_id
from paysandbox.webhooks.deliveries.deliveries import subscribers
from paysandbox.webhooks.endpoint import Endpoint
from paysandbox.webhooks.events.event_store import StoredEvent, operation_of_event

Wanted = Callable[[str], bool]
"""Tells from its type whether one of Stripe's events is wanted."""

FindEvent = Callable[[StoredEvent], Event | None]
"""Returns the event of the payment in the ledger, or None for a purged payment or another kind of event."""

_rendered = partial(json.dumps, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def as_stripe_events(event: StoredEvent, endpoints: Collection[Endpoint] = ()) -> list[StoredEvent]:
    """Convert an event into Stripe's events, to be stored and sent. One operation can have several.

    Each has a body in the event's version and in those of the endpoints in which Stripe has such an event.
    """
    versions = {endpoint.api_version for endpoint in endpoints if endpoint.api_version}
    bodies_in, own = _bodies_of(event), _version_of(event)
    bodies: dict[str, dict[str, Body]] = {}
    for version in dict.fromkeys((own, *sorted(versions))):
        for body in bodies_in(version):
            bodies.setdefault(body["id"], {})[version] = body
    return [_stored(event, own, in_versions, endpoints) for in_versions in bodies.values()]


def stripe_event_bodies(
    event: StoredEvent, wanted: Wanted = lambda _: True, found: FindEvent | None = None
) -> tuple[Body, ...]:
    """Return Stripe's events of the same operation, in the version that was the default when it was published.

    They are in order, and none for a purged payment or another kind of event. Stripe renders an event once, and not in
    the version of the request that reads it ("List all events"). What is not `wanted` is not rendered.
    """
    return _bodies_of(event, wanted, found)(_version_of(event))


def events_of_payments() -> FindEvent:
    """Return a function that finds events of payments, and reads a payment once for all of its events.

    It reads it again for an event that is newer than what it read.
    """
    known: dict[str, Event] = {}

    def found(event: StoredEvent) -> Event | None:
        if event.id not in known and (payment := _payment_of(event)):
            known.update((each.id, each) for each in events_of(None, payment))
        return known.get(event.id)

    return found


def _stored(event: StoredEvent, own: str, in_versions: dict[str, Body], endpoints: Collection[Endpoint]) -> StoredEvent:
    shown_in = own if own in in_versions else next(iter(in_versions))
    body = in_versions[shown_in]
    made = StoredEvent(
        id=body["id"],
        merchant=event.merchant,
        type=body["type"],
        at=event.at,
        body="",
        listed=False,
        trace=event.trace,
        api_version=shown_in,
        pinned=dict.fromkeys(in_versions, ""),
    )
    pending = {PENDING_WEBHOOKS: len(subscribers(made, endpoints, own))}
    rendered = {version: _rendered(version_body | pending) for version, version_body in in_versions.items()}
    return replace(made, body=rendered.pop(shown_in), pinned=rendered)


def _version_of(event: StoredEvent) -> str:
    """Return the version that the event is shown in. One that was stored without is shown in the default of now."""
    return event.api_version or default_version()


def _bodies_of(
    event: StoredEvent, wanted: Wanted = lambda _: True, found: FindEvent | None = None
) -> Callable[[str], tuple[Body, ...]]:
    """Return what renders Stripe's events of the same change in a version. One that is not Stripe's has none.

    Those of a connected account name it ("The Event object", `account`).
    """
    account = {"account": account_id(event.merchant)} if is_connected(event.merchant) else {}
    bodies_in = _plain_bodies_of(event, wanted, found or events_of_payments())
    return lambda version: tuple(body | account for body in bodies_in(version))


def _plain_bodies_of(event: StoredEvent, wanted: Wanted, found: FindEvent) -> Callable[[str], tuple[Body, ...]]:
    if event.type == str(EventType.STRIPE_OBJECT_CHANGED):
        changed = json.loads(event.body)
        return lambda version: (render_object_event(changed, version),) if wanted(changed["data"]["type"]) else ()
    payment_event = found(event) if any(map(wanted, STRIPE_EVENT_TYPES)) else None
    if payment_event is None:
        return lambda _: ()
    private = secrets_of(payment_event.payment.id)
    return lambda version: render_stripe_events(payment_event, private=private, version=version, wanted=wanted)


def _payment_of(event: StoredEvent) -> Payment | None:
    operation = operation_of_event(event)
    payment_id = payment_of(operation) if operation else None
    return get_payment(runtime.ledger(), payment_id) if payment_id else None
