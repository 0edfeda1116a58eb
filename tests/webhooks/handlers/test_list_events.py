"""GET /events: list events, newest first."""

import json
from dataclasses import replace
from typing import Any

import pytest

from paysandbox.aws.dynamodb import sharded_index
from paysandbox.core.ids import payment_id
from paysandbox.payments.operations.settlement import Settled
from paysandbox.webhooks.routes import LIST_EVENTS
from tests.support.builders import build
from tests.support.clients.call import Merchant, Reply, send
from tests.support.worlds import webhook_records

pytestmark = pytest.mark.usefixtures("either_shards")

ANOTHER = build.lived(5_00, captures=[5_00], payment_id=build.ANOTHER_PAYMENT_ID, now=build.MONDAY + build.HOUR)


def listed(merchant: str = build.MERCHANT, **query: Any) -> Reply:
    sent = {name.rstrip("_"): value for name, value in query.items()}
    reply = send(LIST_EVENTS, query=sent, api_key=build.api_key(merchant))
    assert reply.status == 200, reply.text
    return reply


def ids(reply: Reply) -> list[str]:
    return [one["id"] for one in reply.json["data"]]


def test_an_empty_list() -> None:
    assert listed().json == {"data": [], "next_cursor": None}


def test_newest_first_and_as_published() -> None:
    kept = [webhook_records.happened(number) for number in (1, 2, 3)]
    assert listed().json == {"data": [json.loads(event.body) for event in kept[::-1]], "next_cursor": None}


def test_page_by_page() -> None:
    kept = [webhook_records.happened(number).id for number in range(5)]
    met: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        reply = listed(limit="2", cursor=cursor)
        met += ids(reply)
        cursor = reply.json["next_cursor"]
    assert (met, cursor) == (kept[::-1], None)
    assert ids(listed(order="asc")) == kept


@pytest.mark.full
@pytest.mark.parametrize("limit", [1, 2, 5])
def test_events_of_one_write_are_in_the_order_in_which_they_happened(limit: int) -> None:
    kept: list[str] = []
    for number in range(5):  # in which order IDs sort is chance
        payment = build.authorized(payment_id=payment_id(str(number)), automatic=True)
        kept += [event.id for event in webhook_records.keep(payment)]
    met, cursor = ids(first := listed(limit=str(limit))), first.json["next_cursor"]
    while cursor is not None:
        met += ids(reply := listed(limit=str(limit), cursor=cursor))
        cursor = reply.json["next_cursor"]
    assert sorted(met) == sorted(kept)
    for authorized, captured in zip(kept[::2], kept[1::2], strict=True):
        assert met.index(captured) < met.index(authorized)


@pytest.mark.full
@pytest.mark.parametrize("limit", [1, 2, 10])
def test_events_of_one_settlement_are_in_the_order_of_what_it_settled(limit: int) -> None:
    """They have the same sequence, and in which order IDs sort is chance."""
    paid = build.lived(10_00, captures=[1_00] * 6)
    captures = [one.id for one in paid.operations[1:]]
    orders = captures, [captures[number] for number in (3, 0, 5, 1, 4, 2)]
    met: list[str] = []
    for number, order in enumerate(orders):
        at = build.MONDAY + (number + 1) * build.DAY
        settled = build.settlement(*(Settled(one, 7) for one in order), batch=f"2026-11-{16 + number}", at=at)
        webhook_records.keep(replace(paid, operations=(*paid.operations, settled), version=paid.version + 1))
    cursor: str | None = None
    while len(met) < 2 * len(captures):
        reply = listed(limit=str(limit), cursor=cursor)
        met += [one["data"]["transaction_id"] for one in reply.json["data"] if one["type"] == "transaction_settled"]
        cursor = reply.json["next_cursor"]
    assert met == [*orders[1][::-1], *orders[0][::-1]]


def at(text: str) -> str:
    return f"2026-11-16T{text}Z"


FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({"type": "payment_captured"}, ["payment_captured", "payment_captured"]),
    ({"type": "payment_voided"}, []),
    ({"from_": at("10:30:00")}, ["payment_authorized", "payment_captured"]),
    ({"to": at("10:30:00")}, ["payment_authorized", "payment_captured", "payment_refunded"]),
    ({"from_": at("09:30:00"), "to": at("10:30:00"), "type": "payment_refunded"}, ["payment_refunded"]),
    ({"from_": at("11:00:00")}, []),
    ({"transaction_id": build.ANOTHER_PAYMENT_ID}, ["payment_authorized", "payment_captured"]),
    # Any id of the payment matches: an event is about one operation, but the filter selects the whole payment.
    ({"transaction_id": build.operation_id("cap", 1)}, ["payment_authorized", "payment_captured", "payment_refunded"]),
    ({"transaction_id": build.PAYMENT_ID, "type": "payment_captured"}, ["payment_captured"]),
    ({"transaction_id": "no-id-of-ours"}, []),
    ({"transaction_id": "auth_" + "z" * 26}, []),
]


@pytest.mark.full
@pytest.mark.parametrize("query, types", FILTERS)
def test_filters(query: dict[str, Any], types: list[str]) -> None:
    webhook_records.keep(build.lived(10_00, captures=[4_00], refunds=[(1, 1_00)]), ANOTHER)
    assert sorted(one["type"] for one in listed(**query).json["data"]) == types


def test_a_filter_has_its_bound_and_its_own_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharded_index, "MAX_EXAMINED", 2)
    wanted = webhook_records.keep(build.lived(10_00, captures=[4_00]))[1].id
    for number in range(1, 4):
        webhook_records.happened(number)
    first = listed(type="payment_captured")
    assert ids(first) == []
    cursor = first.json["next_cursor"]
    found = ids(listed(type="payment_captured", cursor=cursor)) + ids(
        listed(type="payment_captured", cursor=listed(type="payment_captured", cursor=cursor).json["next_cursor"])
    )
    assert wanted in found
    for query in ({}, {"type": "payment_voided"}, {"type": "payment_captured", "from": at("09:00:00")}):
        assert send(LIST_EVENTS, query=query | {"cursor": cursor}).code == "cursor_invalid"


def test_only_the_merchants_own() -> None:
    mine, theirs = webhook_records.happened(1), webhook_records.happened(2, merchant=build.OTHER_MERCHANT)
    assert (ids(listed()), ids(listed(build.OTHER_MERCHANT))) == ([mine.id], [theirs.id])
    cursor = _next_of_two(build.OTHER_MERCHANT)
    assert send(LIST_EVENTS, query={"cursor": cursor}).code == "cursor_invalid"


def _next_of_two(merchant: str) -> str:
    webhook_records.happened(3, merchant=merchant)
    return listed(merchant, limit="1").json["next_cursor"]


def test_a_cursor_of_another_list(demo: Merchant) -> None:
    for _ in range(2):
        demo.authorize()
    assert send(LIST_EVENTS, query={"cursor": demo.payments(limit="1").json["next_cursor"]}).code == "cursor_invalid"


@pytest.mark.parametrize(
    "query, code, param",
    [
        ({"limit": "0"}, "parameter_invalid", "limit"),
        ({"type": "payment_lost"}, "parameter_invalid", "type"),
        ({"from": "yesterday"}, "parameter_invalid", "from"),
        ({"from": at("10:00:00"), "to": at("10:00:00")}, "parameter_invalid", "to"),
        ({"transaction_id": "x" * 65}, "parameter_invalid", "transaction_id"),
        ({"since": at("10:00:00")}, "parameter_unknown", "since"),
        ({"cursor": "x"}, "cursor_invalid", "cursor"),
    ],
)
def test_a_malformed_query(query: dict[str, Any], code: str, param: str) -> None:
    reply = send(LIST_EVENTS, query=query)
    assert (reply.status, reply.code, reply.json["param"]) == (400, code, param)
    if param == "type":
        assert "payment_authorized, payment_declined" in reply.json["detail"]
