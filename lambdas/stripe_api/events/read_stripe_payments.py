"""Events: routes that read them."""

from fnmatch import fnmatchcase
from functools import cache

from paysandbox.core.errors import Code, Refused
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.events.bodies import events_of_payments, stripe_event_bodies
from paysandbox.stripe_api.events.pending_webhooks import with_pending_webhooks
from paysandbox.stripe_api.ids import event_of_stripe_event
from paysandbox.stripe_api.lists.answer import list_answer
from paysandbox.stripe_api.lists.page import Objects, page
from paysandbox.stripe_api.lists.parameters import around, span_of
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ListStripeEvents, Retrieve
from paysandbox.stripe_api.routes import GET_STRIPE_EVENT, LIST_STRIPE_EVENTS
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.events.event_store import StoredEvent, get_event, get_events, listed_at
from paysandbox.webhooks.events.holding import held_at
from paysandbox.webhooks.events.lists import events_of


@stripe_endpoint(LIST_STRIPE_EVENTS)
def list_stripe_events(call: StripeCall[None, ListStripeEvents]) -> StripeAnswer:
    """GET /v1/events: list events in Stripe's format, newest first. The newest are held back for a second (`holding`).

    One query per shard of the index, consistent reads of the events, and one of each of their payments.
    Then a read of those of the page that were sent, and one of their deliveries.
    """
    query = call.query
    if query.type is not None and query.types is not None:
        raise Refused(Code.PARAMETER_INVALID, "You may only specify one of these parameters: type, types.", "types")
    types = query.types if query.types is not None else [query.type or "*"]
    store = webhook_tables.event_store()

    named = query.starting_after or query.ending_before
    beside = event_of_stripe_event(named) if named else None
    found = events_of_payments()

    @cache
    def wanted(kind: str) -> bool:
        return any(fnmatchcase(kind, pattern) for pattern in types)

    def shown(event: StoredEvent) -> Objects:
        # Rendered in order, listed newest first. The named event marks the position, even if its type is not wanted.
        bodies = stripe_event_bodies(event, (lambda _: True) if event.id == beside else wanted, found)
        return [(body["id"], body) for body in reversed(bodies)]

    def matching(events: Objects) -> Objects:
        return [(name, body) for name, body in events if wanted(body["type"])]

    def position_of(name: str) -> str | None:
        ours = event_of_stripe_event(name)
        event = get_event(store, call.merchant, ours) if ours else None
        bodies = stripe_event_bodies(event) if event else ()
        return listed_at(event) if event and name in {body["id"] for body in bodies} else None

    index = events_of(store, call.merchant, *span_of(query.created))
    place, held_of = around(query, "event", position_of), held_at(call.now, polled=query.ending_before is not None)
    data, more = page(index, shown, limit=query.limit, around=place, matching=matching, held_of=held_of)
    data = with_pending_webhooks(data, get_events(store, call.merchant, [body["id"] for body in data]))
    return list_answer("/v1/events", query, data, more=more)


@stripe_endpoint(GET_STRIPE_EVENT)
def get_stripe_event(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """GET /v1/events/{event}: retrieve an event in Stripe's format.

    Two reads: our event with the one that was sent, and its payment. One more if there are deliveries.
    """
    name = call.path.get("event", "")
    ours = event_of_stripe_event(name)
    events = get_events(webhook_tables.event_store(), call.merchant, [ours, name]) if ours else {}
    event = events.pop(ours, None) if ours else None
    bodies = {body["id"]: body for body in stripe_event_bodies(event)} if event else {}
    if name not in bodies:
        raise no_such("event", name, "id")
    (body,) = with_pending_webhooks([bodies[name]], events)
    return StripeAnswer(body=body, outcome="shown")
