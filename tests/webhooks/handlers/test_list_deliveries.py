"""GET /webhooks/deliveries: list deliveries, newest event first."""

from dataclasses import replace
from typing import Any

import pytest

from paysandbox.aws.dynamodb import sharded_index
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.deliveries.deliveries import delivery_of, planned_delivery, put_delivery
from paysandbox.webhooks.delivery import Delivery, DeliveryStatus
from paysandbox.webhooks.endpoint import Endpoint
from paysandbox.webhooks.routes import LIST_DELIVERIES, LIST_EVENTS
from tests.support.builders import build
from tests.support.clients.call import Reply, Values, send
from tests.support.worlds import webhook_records

FIRST, SECOND, ASLEEP, ANEW, DELETED = (
    webhook_records.endpoint(1),
    webhook_records.endpoint(2),
    webhook_records.endpoint(3, disabled=webhook_records.GONE),
    webhook_records.endpoint(4, generation=2),
    webhook_records.endpoint(5),
)


def listed(merchant: str = build.MERCHANT, **query: Values) -> Reply:
    reply = send(LIST_DELIVERIES, query=query, api_key=build.api_key(merchant))
    assert reply.status == 200, reply.text
    return reply


def ids(reply: Reply) -> list[str]:
    return [one["delivery_id"] for one in reply.json["data"]]


@pytest.fixture
def made() -> dict[str, Delivery]:
    """Return the deliveries of three events, the newest last."""
    one, two, three = (webhook_records.happened(number) for number in (1, 2, 3))
    webhook_records.put(FIRST, SECOND, ASLEEP, ANEW)
    return {
        "waits": webhook_records.deliver(one, FIRST),
        "arrived": webhook_records.deliver(
            two, FIRST, status=DeliveryStatus.DELIVERED, attempts=(webhook_records.attempt(status=204),)
        ),
        "given up": webhook_records.failed(three, SECOND),
        "asleep": webhook_records.deliver(one, ASLEEP),
        "of before": webhook_records.deliver(one, ANEW, generation=1),
        "deleted": webhook_records.deliver(two, DELETED),
        "failed and deleted": webhook_records.failed(one, DELETED),
    }


def test_an_empty_list() -> None:
    assert listed().json == {"data": [], "next_cursor": None}


CASES: list[tuple[dict[str, Any], set[str]]] = [
    ({}, {"waits", "arrived", "given up", "asleep", "of before", "deleted", "failed and deleted"}),
    ({"endpoint": FIRST.id}, {"waits", "arrived"}),
    ({"endpoint": DELETED.id}, {"deleted", "failed and deleted"}),
    ({"endpoint": webhook_records.endpoint_id(9)}, set()),
    ({"event": 1}, {"waits", "asleep", "of before", "failed and deleted"}),
    ({"event": 1, "endpoint": FIRST.id}, {"waits"}),
    ({"event": 9}, set()),
    ({"status": "pending"}, {"waits"}),
    ({"status": "failing"}, set()),
    ({"status": "delivered"}, {"arrived"}),
    ({"status": "failed"}, {"given up", "failed and deleted"}),
    # Deliveries that are no longer due are shown as canceled, whether or not a worker has stored that yet.
    ({"status": "canceled"}, {"asleep", "of before", "deleted"}),
    ({"status": "failed", "endpoint": DELETED.id, "event": 1}, {"failed and deleted"}),
]


def test_failing_are_those_that_are_pending_because_an_attempt_failed(made: dict[str, Delivery]) -> None:
    failed = (webhook_records.attempt(status=500),)
    event = webhook_records.happened(4)
    retried = webhook_records.deliver(event, FIRST, attempts=failed)
    webhook_records.deliver(event, ASLEEP, attempts=failed)
    assert ids(listed(status="failing")) == [retried.id]
    assert ids(listed(status="failing", endpoint=SECOND.id)) == []
    assert set(ids(listed(status="pending"))) == {retried.id, made["waits"].id}


@pytest.mark.full
@pytest.mark.parametrize("query, expected", CASES)
def test_filters(query: dict[str, Any], expected: set[str], made: dict[str, Delivery]) -> None:
    if "event" in query:
        known = {"1": made["waits"].event_id}
        query = query | {"event": known.get(str(query["event"]), "evt_" + "z" * 26)}
    names = {delivery.id: name for name, delivery in made.items()}
    page = listed(**query)
    assert {names[one] for one in ids(page)} == expected
    assert page.json["next_cursor"] is None


def test_the_newest_events_come_first(made: dict[str, Delivery]) -> None:
    times = [one["event_timestamp"] for one in listed().json["data"]]
    assert times == sorted(times, reverse=True)


def test_page_by_page(made: dict[str, Delivery]) -> None:
    met: list[str] = []
    cursor: str | None = None
    for _ in range(4):
        reply = listed(limit="2", cursor=cursor)
        met += ids(reply)
        cursor = reply.json["next_cursor"]
    assert (sorted(met), cursor) == (sorted(delivery.id for delivery in made.values()), None)


@pytest.mark.parametrize(
    "query", [{}, {"endpoint": SECOND.id}, {"status": "failed"}, {"status": "pending", "endpoint": FIRST.id}]
)
def test_a_cursor_belongs_to_its_filters(query: dict[str, str], made: dict[str, Delivery]) -> None:
    cursor = listed(endpoint=FIRST.id, limit="1").json["next_cursor"]
    assert cursor is not None
    assert send(LIST_DELIVERIES, query=query | {"cursor": cursor}).code == "cursor_invalid"
    assert send(LIST_EVENTS, query={"cursor": cursor}).code == "cursor_invalid"


def test_a_filter_has_its_bound(made: dict[str, Delivery], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharded_index, "MAX_EXAMINED", 3)
    first = listed(status="pending")
    assert len(ids(first)) < 2
    second = listed(status="pending", cursor=first.json["next_cursor"])
    third = listed(status="pending", cursor=second.json["next_cursor"]) if second.json["next_cursor"] else None
    found = ids(first) + ids(second) + (ids(third) if third else [])
    assert found == [made["waits"].id]


def test_a_filter_reads_on_until_the_page_is_full(made: dict[str, Delivery], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharded_index, "EXAMINED_AT_ONCE", 1)
    found = listed(endpoint=FIRST.id)
    assert (ids(found), found.json["next_cursor"]) == ([made["arrived"].id, made["waits"].id], None)
    assert ids(listed(endpoint=FIRST.id, limit="1")) == [made["arrived"].id]


def test_the_endpoint_has_it_too(made: dict[str, Delivery], monkeypatch: pytest.MonkeyPatch) -> None:
    """No index lists by endpoint: it would be written with each delivery, and read rarely."""
    monkeypatch.setattr(sharded_index, "MAX_EXAMINED", 3)
    found: list[str] = []
    cursor: str | None = None
    for _ in made:
        reply = listed(endpoint=FIRST.id, cursor=cursor)
        found += ids(reply)
        cursor = reply.json["next_cursor"]
        if cursor is None:
            break
    assert (found, cursor) == ([made["arrived"].id, made["waits"].id], None)


def test_one_is_listed_from_its_first_attempt_on(made: dict[str, Delivery]) -> None:
    event = webhook_records.happened(4, planned=[FIRST])
    assert ids(listed(event=event.id)) == []
    attempted = webhook_records.deliver(event, FIRST, attempts=(webhook_records.attempt(),), tries=1)
    assert ids(listed(event=event.id)) == ids(listed(event=f"{event.id}d")) == [attempted.id]


def test_only_the_merchants_own(made: dict[str, Delivery]) -> None:
    """Even if another merchant's endpoint or event is given."""
    globex = build.OTHER_MERCHANT
    assert ids(listed(globex)) == []
    assert ids(listed(globex, endpoint=FIRST.id)) == []
    assert ids(listed(globex, event=made["waits"].event_id)) == []


@pytest.mark.parametrize(
    "query, code, param",
    [
        ({"limit": "101"}, "parameter_invalid", "limit"),
        ({"status": "lost"}, "parameter_invalid", "status"),
        ({"endpoint": "we_1"}, "parameter_invalid", "endpoint"),
        ({"event": ""}, "parameter_invalid", "event"),
        ({"merchant": "globex"}, "parameter_unknown", "merchant"),
        ({"cursor": "x"}, "cursor_invalid", "cursor"),
    ],
)
def test_a_malformed_query(query: dict[str, Any], code: str, param: str) -> None:
    reply = send(LIST_DELIVERIES, query=query)
    assert (reply.status, reply.code, reply.json["param"]) == (400, code, param)


def planned(number: int, *to: Endpoint) -> list[Delivery]:
    """Store an event with its plan, and the first attempts as `deliver_event` puts them."""
    event = webhook_records.happened(number, planned=to)
    made = [planned_delivery(event, one.id) for one in to]
    attempted = [replace(one, attempts=(webhook_records.attempt(status=204),), tries=1) for one in made if one]
    store = webhook_tables.deliveries()
    return [put_delivery(store, replace(one, status=DeliveryStatus.DELIVERED)) for one in attempted]


def every(limit: int, **query: str) -> list[str]:
    """Return the ids of all pages."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        reply = listed(limit=str(limit), cursor=cursor, **query)
        found += ids(reply)
        cursor = reply.json["next_cursor"]
        if cursor is None:
            return found


@pytest.mark.full
@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_what_an_event_planned_is_listed_without_an_entry_of_its_own(made: dict[str, Delivery], limit: int) -> None:
    more = [*planned(4, FIRST, SECOND, ASLEEP), *planned(5, FIRST)]
    assert not any(one.listed for one in more)
    found = every(limit)
    assert sorted(found) == sorted(one.id for one in [*made.values(), *more])
    times = {one.id: one.event_at for one in [*made.values(), *more]}
    assert [times[one] for one in found] == sorted(times.values(), reverse=True)
    to_first = [one.id for one in (more[-1], more[0], made["arrived"])]
    assert every(limit, status="delivered", endpoint=FIRST.id) == to_first


@pytest.mark.full
@pytest.mark.parametrize("limit", [1, 2, 5])
def test_events_of_one_instant_are_listed_once_each(limit: int) -> None:
    """Those of a settlement have the same time."""
    webhook_records.put(FIRST, SECOND)
    at = webhook_records.happened(1).at
    events = [webhook_records.happened(number, at=at, planned=[FIRST, SECOND]) for number in range(2, 8)]
    store, made = webhook_tables.deliveries(), list[Delivery]()
    for place, event in enumerate(events):
        for to in (FIRST, SECOND):
            found = planned_delivery(event, to.id)
            assert found is not None
            made.append(put_delivery(store, replace(found, listed=bool(place % 2))))
    assert sorted(every(limit)) == sorted(one.id for one in made)
    assert sorted(every(limit, event=events[2].id)) == sorted(one.id for one in made if one.event_id == events[2].id)


def test_what_was_sent_again_before_its_first_attempt_is_listed_once() -> None:
    webhook_records.put(FIRST)
    event = webhook_records.happened(1, planned=[FIRST])
    again = put_delivery(webhook_tables.deliveries(), delivery_of(event, FIRST))
    assert ids(listed()) == [again.id]


def test_an_event_in_another_apis_format_is_in_no_list_so_its_deliveries_have_entries() -> None:
    webhook_records.put(FIRST)
    event = replace(webhook_records.happened(1), listed=False, planned={FIRST.id: FIRST.generation})
    found = planned_delivery(event, FIRST.id)
    assert found is not None
    assert found.listed
