"""GET /feed: requests, events and delivery attempts as they happen."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from paysandbox.aws import runtime
from paysandbox.aws.cursor import cursor_of
from paysandbox.aws.schema import FEED_SHARDS
from paysandbox.core.timestamps import parse_timestamp
from paysandbox.feed import tables as feed_tables
from paysandbox.feed.cursor_rule import FeedCursor, cursor_text
from paysandbox.feed.entry import SHOWN, position_of
from paysandbox.feed.feed_table import put_entries
from paysandbox.feed.routes import GET_FEED
from paysandbox.request_log.log_lines import read_batch
from tests.support.builders import build
from tests.support.builders.build import MONDAY
from tests.support.clients.call import Merchant, Reply, send
from tests.support.fakes.deliveries import delivery
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.handlers import Lines

Keep = Callable[[], None]


class WallClock:
    """The wall clock of the reader."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def wall(demo: Merchant, monkeypatch: pytest.MonkeyPatch) -> WallClock:
    """Return a wall clock that stands still."""
    clock = WallClock(MONDAY)
    monkeypatch.setattr(runtime, "wall_now", clock)
    return clock


def record(*numbers: int, at: datetime | None = None, merchant: str = "demo") -> None:
    """Record entries, as the worker does."""
    entries = [build.feed_entry(number, merchant=merchant) for number in numbers]
    put_entries(feed_tables.feed(), entries, lambda: at or runtime.wall_now())


def ids(reply: Reply) -> list[int]:
    assert reply.status == 200, reply.text
    return [int(one["id"].removeprefix("request-")) for one in reply.json["data"]]


def test_an_empty_feed(demo: Merchant) -> None:
    reply = demo.feed().json
    assert (reply["data"], reply["has_more"]) == ([], False)
    assert demo.feed(after=reply["next_cursor"]).json["data"] == []


def test_a_request_as_it_was_answered(demo: Merchant, keep: Keep) -> None:
    reply = demo.authorize(reference="order 7")
    keep()
    (shown,) = demo.feed().json["data"]
    assert shown.pop("request").pop("duration_ms") >= 0
    recorded_at = parse_timestamp(shown.pop("recorded_at"))
    assert abs(runtime.wall_now() - recorded_at) < timedelta(minutes=5)
    assert shown == {
        "id": reply.headers["Request-Id"],
        "kind": "request",
        "at": "2026-11-18T11:06:40.000000Z",
        "payment_id": reply.json["auth_id"],
        "amount": 10_00,
        "currency": "USD",
        "reference": "order 7",
        "card": {"brand": "visa", "last4": "4242"},
    }


def test_a_refused_request_says_why(demo: Merchant, keep: Keep) -> None:
    demo.authorize(tip=1)
    keep()
    (shown,) = demo.feed().json["data"]
    request = shown["request"]
    assert (request["status"], request["outcome"], request["code"]) == (400, "refused", "parameter_unknown")
    assert (request["method"], request["path"]) == ("POST", "/payments/authorize")
    assert request["detail"]


def test_reads_of_the_log_and_of_the_feed_are_not_in_the_feed(demo: Merchant, lines: Lines) -> None:
    """Their functions' logs are not followed, and what was shown is not written to the log again."""
    demo.authorize()
    demo.feed()
    demo.requests()
    authorized, *others = read_batch(delivery(*lines())).records
    assert authorized.answer is not None
    assert [(one.route, one.path, one.answer) for one in others] == [
        ("get_feed", None, None),
        ("list_requests", None, None),
    ]


def test_the_newest_entries_come_first_and_then_what_follows(demo: Merchant, wall: WallClock) -> None:
    record(*range(5))
    wall.advance(600)
    record(5, 6)
    reply = demo.feed(limit="3")
    assert ids(reply) == [4, 5, 6]
    wall.advance(1)
    record(7)
    assert ids(demo.feed(after=reply.json["next_cursor"])) == [5, 6, 7]


def test_a_hundred_entries_are_returned_at_first(demo: Merchant, wall: WallClock) -> None:
    record(*range(150))
    first = demo.feed()
    assert ids(first) == [*range(50, 150)]
    assert first.json["has_more"] is False
    assert len(ids(demo.feed(after=first.json["next_cursor"]))) == 150


def test_an_entry_whose_writer_stalled_is_returned(demo: Merchant, wall: WallClock) -> None:
    cursor = demo.feed().json["next_cursor"]
    stamped = wall.at
    for number in range(1, 6):
        wall.advance(10)
        record(number)
        cursor = demo.feed(after=cursor).json["next_cursor"]
    wall.advance(10)  # a minute after the stamp, a reader's cursor is exactly there
    record(0, at=stamped)
    assert ids(demo.feed(after=cursor)) == [0, 1, 2, 3, 4, 5]


def test_page_by_page(demo: Merchant, wall: WallClock) -> None:
    cursor = demo.feed().json["next_cursor"]
    record(*range(5))
    seen: list[list[int]] = []
    has_more = True
    while has_more:
        page = demo.feed(after=cursor, limit="2")
        seen.append(ids(page))
        cursor, has_more = page.json["next_cursor"], page.json["has_more"]
    assert seen == [[0, 1], [2, 3], [4]]
    assert ids(demo.feed(after=cursor)) == [0, 1, 2, 3, 4], "the last minute is read again"


def test_older_entries_page_by_page(demo: Merchant, wall: WallClock) -> None:
    for number in range(7):
        record(number)
        wall.advance(3_000)
    page = demo.feed(limit="2")
    seen = [ids(page)]
    while page.json["previous_cursor"]:
        record(len(seen) + 100)  # newer entries do not shift the pages
        page = demo.feed(before=page.json["previous_cursor"], limit="2")
        seen.append(ids(page))
    assert seen == [[5, 6], [3, 4], [1, 2], [0]]


def test_older_entries_reach_back_24_hours(demo: Merchant, wall: WallClock) -> None:
    record(1)
    wall.advance(3_600)
    record(2)
    wall.advance(3_600)
    record(3)
    older = demo.feed(limit="1").json["previous_cursor"]
    wall.advance(SHOWN.total_seconds() - 3_600)
    reply = demo.feed(before=older)
    assert (ids(reply), reply.json["previous_cursor"]) == ([2], None)
    wall.advance(3_601)
    reply = demo.feed(before=older)
    assert (ids(reply), reply.json["previous_cursor"]) == ([], None)


@pytest.mark.full
def test_a_hundred_older_entries_are_returned_unless_more_are_wanted(demo: Merchant, wall: WallClock) -> None:
    record(*range(250))
    older = demo.feed().json["previous_cursor"]
    assert ids(demo.feed(before=older)) == [*range(50, 150)]
    assert ids(demo.feed(before=older, limit="1000")) == [*range(150)]


def test_older_entries_can_be_read_on_from(demo: Merchant, wall: WallClock) -> None:
    for number in range(4):
        record(number)
        wall.advance(100)
    older = demo.feed(before=demo.feed(limit="1").json["previous_cursor"], limit="1")
    assert (ids(older), older.json["has_more"]) == ([2], True)
    following = demo.feed(after=older.json["next_cursor"])
    assert (ids(following), following.json["previous_cursor"]) == ([3], None)


def test_an_id_is_shown_once(demo: Merchant, wall: WallClock) -> None:
    record(1, 2)
    wall.advance(1)
    record(1)
    assert ids(demo.feed()) == [1, 2]


def test_an_old_cursor_begins_at_24_hours(demo: Merchant, wall: WallClock) -> None:
    cursor = demo.feed().json["next_cursor"]
    record(1)
    wall.advance(SHOWN.total_seconds() + 1)
    record(2)
    assert ids(demo.feed(after=cursor)) == [2]
    assert ids(demo.feed()) == [2]


def test_other_merchants_entries_are_not_shown(demo: Merchant, wall: WallClock) -> None:
    record(1, merchant="shop")
    assert ids(demo.feed()) == []


# --- 304 --------------------------------------------------------------------------------------------------------------


def test_an_unchanged_answer_is_a_304_without_a_body(demo: Merchant, wall: WallClock) -> None:
    record(1)
    first = demo.feed()
    again = demo.feed(after=first.json["next_cursor"])
    tag = again.headers["ETag"]
    wall.advance(5)
    unchanged = demo.feed(after=first.json["next_cursor"], headers={"If-None-Match": tag})
    assert (unchanged.status, unchanged.text, unchanged.headers["ETag"]) == (304, "", tag)
    record(2)
    changed = demo.feed(after=first.json["next_cursor"], headers={"If-None-Match": tag})
    assert (changed.status, ids(changed)) == (200, [1, 2])
    assert changed.headers["ETag"] != tag


def test_a_quiet_feed_moves_its_cursor_every_hour(demo: Merchant, wall: WallClock) -> None:
    """Otherwise each poll would query a partition for every hour since the last entry."""
    first = demo.feed()
    cursor, tag = first.json["next_cursor"], first.headers["ETag"]
    statuses: list[int] = []
    for _ in range(4):
        wall.advance(900)
        reply = demo.feed(after=cursor, headers={"If-None-Match": tag})
        statuses.append(reply.status)
        if reply.status == 200:
            cursor, tag = reply.json["next_cursor"], reply.headers["ETag"]
    assert sorted(statuses) == [200, 304, 304, 304]


# --- bad requests -----------------------------------------------------------------------------------------------------


def _cursor(text: str, merchant: str = "demo") -> str:
    return cursor_of(text, ("get_feed", merchant))


def _before(position: str, merchant: str = "demo") -> str:
    return cursor_of(position, ("get_feed", merchant, "before"))


_HORIZON = cursor_text(FeedCursor(MONDAY))
_POSITION = position_of("request-1", MONDAY)


@pytest.mark.parametrize(
    "after",
    [
        pytest.param("x", id="no cursor"),
        pytest.param("", id="empty"),
        pytest.param(_HORIZON, id="not encoded"),
        pytest.param(_cursor(_HORIZON, "shop"), id="another merchant's"),
        pytest.param(cursor_of(_HORIZON, ("list_requests", "demo")), id="another list's"),
        pytest.param(_cursor(_HORIZON) + "x", id="longer"),
        pytest.param(_cursor("2026-02-30T00:00:00.000000Z"), id="no day"),
        pytest.param(_cursor(f"{_HORIZON}|{position_of('', MONDAY)}"), id="a position without an id"),
    ],
)
def test_cursors_that_this_feed_did_not_issue(demo: Merchant, after: str) -> None:
    reply = demo.feed(after=after)
    assert (reply.status, reply.code, reply.json["param"]) == (400, "cursor_invalid", "after")


@pytest.mark.parametrize(
    "before",
    [
        pytest.param("x", id="no cursor"),
        pytest.param("", id="empty"),
        pytest.param(_before(_HORIZON), id="no position"),
        pytest.param(_before(_POSITION, "shop"), id="another merchant's"),
        pytest.param(_cursor(_POSITION), id="of the other direction"),
        pytest.param(_before(_POSITION) + "x", id="longer"),
        pytest.param(_before("2026-02-30T00:00:00.000000Z#request-1"), id="no day"),
    ],
)
def test_previous_cursors_that_this_feed_did_not_issue(demo: Merchant, before: str) -> None:
    assert demo.feed(before=_before(_POSITION)).status == 200
    reply = demo.feed(before=before)
    assert (reply.status, reply.code, reply.json["param"]) == (400, "cursor_invalid", "before")


def test_the_feed_is_read_in_one_direction(demo: Merchant) -> None:
    reply = demo.feed(after=_cursor(_HORIZON), before=_before(_POSITION))
    assert (reply.status, reply.code) == (400, "parameter_invalid")
    assert reply.json["detail"] == "Send after or before, not both."


@pytest.mark.parametrize(
    "query, param",
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "1001"}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"after": "x" * 401}, "after"),
        ({"before": "x" * 401}, "before"),
    ],
)
def test_parameters_of_another_form(demo: Merchant, query: Any, param: str) -> None:
    reply = demo.feed(**query)
    assert (reply.status, reply.code, reply.json["param"]) == (400, "parameter_invalid", param)


def test_unknown_parameters(demo: Merchant) -> None:
    assert demo.feed(cursor="x").code == "parameter_unknown"


def test_a_key_is_required() -> None:
    assert send(GET_FEED, api_key=None).code == "api_key_invalid"


# --- cost -------------------------------------------------------------------------------------------------------------


def test_a_poll_is_one_query_of_each_shard_and_no_write(demo: Merchant, wall: WallClock, wire: Wire) -> None:
    wall.at = MONDAY.replace(minute=30)
    cursor = demo.feed().json["next_cursor"]
    wire.attach(feed_tables.feed().client)
    with wire.record() as sent:
        demo.feed(after=cursor)
    assert [call.operation for call in sent] == ["Query"] * FEED_SHARDS


@pytest.mark.parametrize("limit, hours", [(2, 1), (3, 2), (4, 25)])
def test_going_back_reads_no_hour_that_it_does_not_need(
    demo: Merchant, wall: WallClock, wire: Wire, limit: int, hours: int
) -> None:
    """To say whether there are older entries, one more than the limit is read; at the beginning, all 24 hours are."""
    wall.at = MONDAY.replace(minute=30)
    record(0)
    wall.advance(3_600)
    record(1, 2, 3, 4)
    older = demo.feed(limit="1").json["previous_cursor"]
    wire.attach(feed_tables.feed().client)
    with wire.record() as sent:
        demo.feed(before=older, limit=str(limit))
    assert [call.operation for call in sent] == ["Query"] * FEED_SHARDS * hours
