"""GET /v1/events: list events in Stripe's shape, newest first."""

import math
from datetime import timedelta
from typing import Any, Final

import pytest

from paysandbox.aws import runtime
from paysandbox.payments.ledger.store import get_payment
from paysandbox.stripe_api.routes import LIST_STRIPE_EVENTS, UPDATE_PAYMENT_INTENT
from paysandbox.webhooks.events import holding
from tests.stripe_api.handlers.pages import Object, ids_of, listed, made_apart, walked
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, told, wrong
from tests.support.clients.stripe_sdk_calls import native
from tests.support.worlds import webhook_records
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.handlers import Clock

INTENT_IN = ("id", "payment_intent")
INVALID = "invalid_request_error"


def types(**params: Any) -> list[str]:
    return [one["type"] for one in listed(LIST_STRIPE_EVENTS, **params)]


def test_an_empty_list() -> None:
    page = done(StripeMerchant().get(LIST_STRIPE_EVENTS))
    assert page == {"object": "list", "data": [], "has_more": False, "url": "/v1/events"}


@pytest.mark.full
def test_the_events_of_an_intent_newest_first() -> None:
    intent = StripeMerchant().opened(payment_method="pm_card_chargeDeclined", capture_method="manual")
    StripeMerchant().confirm(intent["id"])
    StripeMerchant().post(UPDATE_PAYMENT_INTENT, intent["id"], amount=9_00)
    StripeMerchant().confirm(intent["id"], payment_method="pm_card_visa")
    StripeMerchant().capture(intent["id"])
    StripeMerchant().refund(intent["id"])
    StripeMerchant(OTHER_MERCHANT).paid()
    told()
    assert types() == [
        "refund.created",
        "charge.refunded",
        "payment_intent.succeeded",
        "charge.captured",
        "payment_intent.amount_capturable_updated",
        "charge.succeeded",
        "payment_intent.payment_failed",
        "charge.failed",
        "payment_intent.created",
    ]


@pytest.mark.full
@pytest.mark.parametrize(
    "params, expected",
    [
        ({"type": "charge.succeeded"}, ["charge.succeeded"]),
        ({"type": "charge.*"}, ["charge.refunded", "charge.updated", "charge.succeeded"]),
        ({"types": ["refund.created", "charge.succeeded"]}, ["refund.created", "charge.succeeded"]),
        ({"type": "customer.created"}, []),
        ({"limit": 1}, ["refund.created"]),
    ],
)
def test_only_some_types(params: dict[str, Any], expected: list[str]) -> None:
    StripeMerchant().refund(StripeMerchant().paid()["id"])
    told()
    assert types(**params) == expected


@pytest.mark.full
@pytest.mark.parametrize("limit", [1, 25])
def test_pages_that_split_an_operation_list_each_item_once(limit: int) -> None:
    for _ in range(2):
        StripeMerchant().refund(StripeMerchant().held()["id"])
        StripeMerchant().refund(StripeMerchant().paid()["id"])
    told()
    every = ids_of(listed(LIST_STRIPE_EVENTS, limit=100))
    assert len(every) == len(set(every)) == 2 * (3 + 6)
    assert walked(LIST_STRIPE_EVENTS, limit=limit) == every
    assert walked(LIST_STRIPE_EVENTS, limit=limit, backwards_from=every[-1]) == every[:-1]


@pytest.mark.full
def test_rare_types_are_found_among_many_others() -> None:
    first = StripeMerchant().declined()
    for _ in range(10):
        StripeMerchant().paid()
    last = StripeMerchant().declined()
    told()
    rare = listed(LIST_STRIPE_EVENTS, type="charge.failed", limit=100)
    assert [one["data"]["object"]["payment_intent"] for one in rare] == [last["id"], first["id"]]
    assert walked(LIST_STRIPE_EVENTS, limit=1, type="charge.failed") == ids_of(rare)


@pytest.mark.parametrize("kind, expected, reads", [("*", 9, 3), ("charge.succeeded", 3, 3), ("customer.*", 0, 0)])
def test_a_payment_is_read_once_if_its_events_could_be_of_the_type(
    kind: str, expected: int, reads: int, wire: Wire
) -> None:
    for _ in range(3):
        StripeMerchant().held()
    told()
    listed(LIST_STRIPE_EVENTS, type=kind)
    with wire.record() as sent:
        assert len(listed(LIST_STRIPE_EVENTS, type=kind, limit=100)) == expected
    assert [call.operation for call in sent].count("GetItem") == reads


@pytest.mark.full
@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_events_of_one_second_are_in_the_order_in_which_they_happened(limit: int) -> None:
    intents = [StripeMerchant().paid()["id"] for _ in range(4)]
    told()
    shown = {one["id"]: one for one in listed(LIST_STRIPE_EVENTS, limit=100)}
    for intent in intents:
        kinds = [one["type"] for one in shown.values() if intent in map(one["data"]["object"].get, INTENT_IN)]
        assert kinds == ["charge.updated", "payment_intent.succeeded", "charge.succeeded", "payment_intent.created"]
    oldest = [*shown][-1]
    assert walked(LIST_STRIPE_EVENTS, limit=limit) == [*shown]
    assert [*walked(LIST_STRIPE_EVENTS, limit=limit, backwards_from=oldest), oldest] == [*shown]


def test_a_page_without_matches_says_where_to_continue() -> None:
    StripeMerchant().confirm(StripeMerchant().opened(capture_method="manual")["id"])
    told()
    capturable, charged, created = listed(LIST_STRIPE_EVENTS)
    assert listed(LIST_STRIPE_EVENTS, type="payment_intent.*", starting_after=charged["id"]) == [created]
    assert listed(LIST_STRIPE_EVENTS, type="payment_intent.*", ending_before=charged["id"]) == [capturable]


def test_only_events_in_the_time_range(clock: Clock) -> None:
    def happen() -> Object:
        StripeMerchant().create()
        told()
        return listed(LIST_STRIPE_EVENTS, limit=1)[0]

    newest, middle, oldest = made_apart(3, clock, happen)
    at = middle["created"]
    for span, expected in (
        ({"gt": at}, [newest]),
        ({"gte": at}, [newest, middle]),
        ({"lt": at}, [oldest]),
        ({"lte": at}, [middle, oldest]),
        (at, [middle]),
    ):
        assert listed(LIST_STRIPE_EVENTS, created=span) == expected, span


@pytest.mark.parametrize(
    "params, expected",
    [
        ({"limit": -1}, (400, INVALID, "parameter_invalid_integer", "limit")),
        ({"type": "charge.*", "types": ["charge.failed"]}, (400, INVALID, None, "types")),
        ({"expand": ["data.data"]}, (400, INVALID, None, "expand")),
        ({"delivery_success": "false"}, (400, INVALID, "parameter_unknown", "delivery_success")),
        ({"starting_after": "evt_" + "q" * 26 + "a"}, missing("starting_after")),
        ({"ending_before": "evt_x"}, missing("ending_before")),
    ],
)
def test_invalid_parameters_are_refused(params: dict[str, Any], expected: tuple[int, str, str | None, str]) -> None:
    assert wrong(StripeMerchant().get(LIST_STRIPE_EVENTS, **params)) == expected


def test_a_cursor_must_be_a_published_event_of_the_merchant() -> None:
    StripeMerchant().create()
    told()
    (mine,) = ids_of(listed(LIST_STRIPE_EVENTS))
    assert wrong(StripeMerchant(OTHER_MERCHANT).get(LIST_STRIPE_EVENTS, starting_after=mine)) == missing(
        "starting_after"
    )
    never = mine[:-1] + "k"
    assert wrong(StripeMerchant().get(LIST_STRIPE_EVENTS, starting_after=never)) == missing("starting_after")


BUSY: Final = timedelta(seconds=20)
"""Longer than these tests take on a busy machine."""


def stored(intent: str, *, after: timedelta | None = None) -> None:
    """Store the events of an intent as long `after` they happened, or after this test would be over."""
    payment = get_payment(runtime.ledger(), native(intent))
    assert payment is not None
    stored_at = runtime.now() + BUSY if after is None else payment.operations[0].at + after
    webhook_records.keep(payment, stored_at=stored_at)


@pytest.mark.parametrize("has_begun", [True, False], ids=["goes on", "begins"])
def test_a_poller_sees_an_event_that_is_stored_after_a_later_one(has_begun: bool, clock: Clock) -> None:
    """As its marker it takes the newest event that it has seen. The later one is held back for a second."""
    seen: list[str] = []
    if has_begun:
        StripeMerchant().create()
        told()
        seen = ids_of(listed(LIST_STRIPE_EVENTS))

    def poll() -> None:
        beside: dict[str, Any] = {"ending_before": seen[-1]} if seen else {}
        seen.extend(reversed(ids_of(listed(LIST_STRIPE_EVENTS, limit=100, **beside))))

    earlier, later = (StripeMerchant().paid()["id"] for _ in range(2))
    stored(later)
    before = [*seen]
    poll()
    assert seen == before
    stored(earlier)
    poll()
    assert seen == before
    clock.advance(BUSY + holding.LEAST)
    poll()
    poll()
    every = ids_of(listed(LIST_STRIPE_EVENTS, limit=100))
    assert seen == every[::-1]
    assert len(seen) == len(set(seen)) == len(before) + 8


def test_what_is_older_than_a_listed_event_is_listed_at_once(clock: Clock) -> None:
    """It can have come late, and what has been listed stays in the list."""
    earlier, later = (StripeMerchant().paid()["id"] for _ in range(2))
    stored(later)
    clock.advance(BUSY + holding.LEAST)
    stored(earlier)
    every = ids_of(listed(LIST_STRIPE_EVENTS, limit=100))
    assert len(every) == 8
    assert ids_of(listed(LIST_STRIPE_EVENTS, starting_after=every[0])) == every[1:]
    assert listed(LIST_STRIPE_EVENTS, ending_before=every[-1]) == []


@pytest.mark.parametrize(
    "taken_s, held_s, listed_s",
    [(0.2, None, 2), (2, 1, 4), (8, 5, 11), (60, None, 2)],
    ids=["usual", "slow", "slowest", "dated when due"],
)
def test_a_poller_waits_for_longer_where_events_take_long(
    taken_s: float, held_s: int | None, listed_s: int, clock: Clock
) -> None:
    """An event that is dated when it fell due was not slow. What a list without a marker has shown stays in it."""
    StripeMerchant().create()
    told()
    (marker,) = ids_of(listed(LIST_STRIPE_EVENTS))
    stored(StripeMerchant().paid()["id"], after=timedelta(seconds=taken_s))
    clock.advance(timedelta(seconds=math.floor(taken_s)))
    if held_s is not None:
        clock.advance(timedelta(seconds=held_s))
        assert listed(LIST_STRIPE_EVENTS, ending_before=marker) == []
        assert len(listed(LIST_STRIPE_EVENTS)) == 5
    clock.advance(timedelta(seconds=listed_s - (held_s or 0)))
    assert len(listed(LIST_STRIPE_EVENTS, ending_before=marker)) == 4
    assert len(listed(LIST_STRIPE_EVENTS)) == 5


def test_a_poller_waits_for_longer_among_many_events(clock: Clock) -> None:
    """A function that has just begun may be behind the others."""
    StripeMerchant().create()
    told()
    (marker,) = ids_of(listed(LIST_STRIPE_EVENTS))
    intents = [StripeMerchant().paid()["id"] for _ in range(4)]

    def polled() -> list[Object]:
        return listed(LIST_STRIPE_EVENTS, ending_before=marker, limit=100)

    for intent in intents[:3]:
        stored(intent, after=timedelta(seconds=0.1))
    clock.advance(timedelta(seconds=2))
    assert len(polled()) == 3 * 4
    stored(intents[3], after=timedelta(seconds=0.1))
    assert polled() == []
    clock.advance(holding.IN_CROWD)
    assert len(polled()) == 4 * 4
