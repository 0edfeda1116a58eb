"""GET /settlements: the batches with a settlement for the merchant, newest first."""

from datetime import date, timedelta
from typing import Any

import pytest

from paysandbox.core import ids
from paysandbox.settlement.batch import BatchStatus
from paysandbox.settlement.routes import LIST_SETTLEMENTS
from paysandbox.settlement.tables import batches
from paysandbox.settlement.writes import note_merchant
from tests.settlement import settled
from tests.support.builders import build
from tests.support.clients.call import Merchant, Reply, send

NAMES = ["2026-11-16", "2026-11-17", "2026-11-17.2", "2026-11-17.10", "2026-11-20"]


def listed(merchant: str = build.MERCHANT, **query: Any) -> Reply:
    sent = {name.rstrip("_"): value for name, value in query.items()}
    reply = send(LIST_SETTLEMENTS, query=sent, api_key=build.api_key(merchant))
    assert reply.status == 200, reply.text
    return reply


def names(reply: Reply) -> list[str]:
    return [one["batch"] for one in reply.json["data"]]


def history(merchant: str = build.MERCHANT) -> None:
    for name in NAMES:
        settled.statement(settled.batch(name), merchant, USD=(10_00, 0, 59))


def test_no_settlements() -> None:
    assert listed().json == {"data": [], "next_cursor": None}


def test_fields_of_a_batch() -> None:
    kept = settled.batch("2026-11-16.2")
    settled.statement(kept, USD=(10_00, 2_00, 59), JPY=(50, 0, 31), openings={"USD": -1_00, "EUR": 7})
    row = {"count": 2, "gross": 0, "refunds": 0, "fees": 0, "net": 0, "opening_balance": 0, "payout": 0}
    assert listed().json == {
        "data": [
            {
                "batch": "2026-11-16.2",
                "status": "closed",
                "cutoff": "2026-11-17T00:00:00.000000Z",
                "business_date": "2026-11-16",
                "totals": [
                    row | {"currency": "EUR", "count": 0, "opening_balance": 7, "closing_balance": 7},
                    row | {"currency": "JPY", "gross": 50, "fees": 31, "net": 19, "closing_balance": 19},
                    {
                        "currency": "USD",
                        "count": 2,
                        "gross": 10_00,
                        "refunds": 2_00,
                        "fees": 59,
                        "net": 7_41,
                        "opening_balance": -1_00,
                        "payout": 6_41,
                        "closing_balance": 0,
                        "payout_id": ids.payout_id("2026-11-16.2", "demo", "USD"),
                    },
                ],
            }
        ],
        "next_cursor": None,
    }


@pytest.mark.parametrize("status", BatchStatus)
def test_batches_of_every_status_with_totals(status: BatchStatus) -> None:
    settled.statement(settled.batch("2026-11-16", status), USD=(1, 0, 0))
    assert [one["status"] for one in listed().json["data"]] == [str(status)]


def test_open_batches_are_not_listed() -> None:
    kept = settled.batch("2026-11-16", BatchStatus.OPEN)
    note_merchant(batches(), kept.name, build.MERCHANT)
    assert names(listed()) == []


def test_newest_first_over_pages() -> None:
    history()
    assert names(listed()) == NAMES[::-1]
    for order, expected in (("desc", NAMES[::-1]), ("asc", NAMES)):
        current: list[str] = []
        cursor: str | None = None
        for _ in range(3):
            reply = listed(limit="2", cursor=cursor, order=order)
            current += names(reply)
            cursor = reply.json["next_cursor"]
        assert (current, cursor) == (expected, None)


@pytest.mark.parametrize(
    "query, found",
    [
        ({"from_": "2026-11-17"}, NAMES[:0:-1]),
        ({"to": "2026-11-17"}, NAMES[:1]),
        ({"from_": "2026-11-17", "to": "2026-11-18"}, NAMES[3:0:-1]),
        ({"from_": "2026-11-18", "to": "2026-11-20"}, []),
        ({"from_": "2026-11-21"}, []),
        ({"from_": "0001-01-01", "to": "9999-12-31"}, NAMES[::-1]),
    ],
)
def test_filters(query: dict[str, Any], found: list[str]) -> None:
    history()
    assert names(listed(**query)) == found
    first = listed(**query, limit="1")
    if first.json["next_cursor"]:
        assert names(first) + names(listed(**query, cursor=first.json["next_cursor"])) == found


@pytest.mark.full
def test_pages_of_a_hundred() -> None:
    for number in range(101):
        name = (date(2026, 1, 1) + timedelta(days=number)).isoformat()
        settled.statement(settled.batch(name), USD=(1, 0, 0))
    reply = listed(limit="100")
    assert len(set(names(reply))) == 100
    assert names(listed(limit="100", cursor=reply.json["next_cursor"])) == ["2026-01-01"]


def test_only_the_merchants_settlements() -> None:
    history()
    settled.statement(settled.batch("2026-11-21"), build.OTHER_MERCHANT, USD=(1, 0, 0))
    assert names(listed(build.OTHER_MERCHANT)) == ["2026-11-21"]
    assert names(listed()) == NAMES[::-1]
    cursor = listed(limit="1").json["next_cursor"]
    of_others = send(LIST_SETTLEMENTS, query={"cursor": cursor}, api_key=build.api_key(build.OTHER_MERCHANT))
    assert of_others.code == "cursor_invalid"


def test_cursors_are_per_filter_and_list(demo: Merchant) -> None:
    history()
    for _ in range(2):
        demo.authorize()
    for cursor, query in [
        (listed(limit="1").json["next_cursor"], {"from": "2026-11-17"}),
        (listed(limit="1", to="2026-11-20").json["next_cursor"], {}),
        (demo.payments(limit="1").json["next_cursor"], {}),
    ]:
        assert send(LIST_SETTLEMENTS, query={**query, "cursor": cursor}).code == "cursor_invalid"
    assert demo.payments(cursor=listed(limit="1").json["next_cursor"]).code == "cursor_invalid"


@pytest.mark.parametrize(
    "query, code, param",
    [
        ({"limit": "0"}, "parameter_invalid", "limit"),
        ({"limit": "101"}, "parameter_invalid", "limit"),
        ({"from": "yesterday"}, "parameter_invalid", "from"),
        ({"from": "20261120"}, "parameter_invalid", "from"),
        ({"from": "2026-W47-5"}, "parameter_invalid", "from"),
        ({"from": "2026-02-30"}, "parameter_invalid", "from"),
        ({"to": "2026-11-20T00:00:00Z"}, "parameter_invalid", "to"),
        ({"from": "2026-11-20", "to": "2026-11-20"}, "parameter_invalid", "to"),
        ({"since": "2026-11-20"}, "parameter_unknown", "since"),
        ({"cursor": "x"}, "cursor_invalid", "cursor"),
    ],
)
def test_invalid_queries(query: dict[str, Any], code: str, param: str) -> None:
    reply = send(LIST_SETTLEMENTS, query=query)
    assert (reply.status, reply.code, reply.json["param"]) == (400, code, param)
