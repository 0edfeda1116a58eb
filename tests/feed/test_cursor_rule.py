"""No entry is missed as long as no writer stalls for more than STALL, whatever the writers and the reader do."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from paysandbox.feed.cursor_rule import (
    CURSOR_FORM,
    POSITION_FORM,
    STALL,
    FeedCursor,
    cursor_after_older,
    cursor_text,
    first_horizon,
    next_cursor,
    read_cursor,
    read_from,
)
from paysandbox.feed.entry import SHOWN, position_of

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def positions(*seconds: float) -> list[str]:
    return [position_of(f"entry-{second:g}", at(second)) for second in seconds]


@dataclass
class Feed:
    """Written entries: each position with the time from which it is visible."""

    written: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])

    def write(self, entry_id: str, stamped: float, visible: float) -> None:
        self.written.append((position_of(entry_id, at(stamped)), visible))

    def after(self, position: str, now: float, limit: int) -> tuple[list[str], bool]:
        found = sorted(one for one, visible in self.written if visible <= now and one > position)
        return found[:limit], len(found) > limit

    def before(self, position: str, now: float, limit: int) -> list[str]:
        return sorted(one for one, visible in self.written if visible <= now and one < position)[-limit:]


@dataclass
class Reader:
    """A page: it keeps the ids that it has, and its cursor as text."""

    feed: Feed
    cursor: str
    limit: int
    ids: list[str] = field(default_factory=list[str])

    def poll(self, now: float) -> bool:
        read = read_from(read_cursor(self.cursor), at(now))
        found, has_more = self.feed.after(read.after, now, self.limit)
        self.keep(found)
        cursor = next_cursor(read, found[-1] if found else None, has_more=has_more)
        assert cursor.horizon >= read_cursor(self.cursor).horizon
        self.cursor = cursor_text(cursor)
        return has_more

    def keep(self, found: list[str]) -> None:
        self.ids = list(dict.fromkeys([*self.ids, *(position.partition("#")[2] for position in found)]))


def test_every_entry_is_seen_although_its_writer_stalls(subtests: pytest.Subtests) -> None:
    for seed in range(40):
        with subtests.test(str(seed)):
            chance = random.Random(seed)
            feed, longest = Feed(), STALL.total_seconds()
            for number in range(150):
                stamped = chance.uniform(0, 180)
                stalled = chance.choice([0.01, 0.01, chance.uniform(0, longest), longest])
                feed.write(f"entry-{number}", stamped, stamped + stalled)
                if chance.random() < 0.1:  # the line is delivered again, once its writer has given up or died
                    again = stamped + chance.uniform(0, 90)
                    feed.write(f"entry-{number}", again, again + 0.01)
            reader = Reader(feed, cursor_text(FeedCursor(first_horizon(at(0)))), limit=chance.choice([3, 10, 1_000]))
            now = 0.0
            while now < 400:
                has_more = reader.poll(now)
                if chance.random() < 0.05:  # the page is closed and opened again: it has its cursor and its entries
                    reader = Reader(feed, reader.cursor, chance.choice([3, 1_000]), reader.ids)
                now += 0.05 if has_more else chance.choice([0.25, 3, chance.uniform(0, 80)])
            while reader.poll(now):
                now += 0.05
            assert sorted(reader.ids) == sorted({f"entry-{number}" for number in range(150)})


@pytest.mark.full
def test_a_reader_that_goes_back_while_it_follows_sees_every_entry(subtests: pytest.Subtests) -> None:
    """It begins with the newest entries, as a page does, and reads back at any time later."""
    for seed in range(40):
        with subtests.test(str(seed)):
            chance = random.Random(seed)
            feed, longest = Feed(), STALL.total_seconds()
            for number in range(150):
                stamped = chance.uniform(0, 180)
                feed.write(
                    f"entry-{number}", stamped, stamped + chance.choice([0.01, chance.uniform(0, longest), longest])
                )
            now, limit = chance.uniform(30, 150), chance.choice([1, 5, 20])
            reader = Reader(feed, cursor_text(FeedCursor(first_horizon(at(now)))), limit=chance.choice([3, 1_000]))
            page = feed.before(position_of("", at(now)), now, limit)
            while page:
                reader.keep(page)
                for _ in range(chance.randrange(4)):
                    now += chance.uniform(0.25, 20)
                    reader.poll(now)
                page = feed.before(page[0], now, limit)
            for _ in ("the read that it is at", "one that begins when everything is visible"):
                now = max(now, 250)
                while reader.poll(now):
                    pass
            assert sorted(reader.ids) == sorted(f"entry-{number}" for number in range(150))


def test_an_entry_that_appears_behind_a_page_of_many_is_seen_in_the_next_read() -> None:
    feed = Feed()
    for second in range(10):
        feed.write(f"entry-{second}", second, second)
    reader = Reader(feed, cursor_text(FeedCursor(at(-1))), limit=4)
    assert reader.poll(10)
    feed.write("stalled", 1.5, 11)  # behind the cursor's page, which is at entry-3
    while reader.poll(11):
        pass
    assert "stalled" not in reader.ids
    while reader.poll(12):
        pass
    assert "stalled" in reader.ids


@pytest.mark.parametrize(
    "cursor, now, after, horizon",
    [
        pytest.param(FeedCursor(at(0)), at(10), at(0), at(0), id="a young cursor stays"),
        pytest.param(FeedCursor(at(0)), at(90), at(0), at(30), id="it follows one minute behind"),
        pytest.param(FeedCursor(at(30)), at(20), at(30), at(30), id="a reader's clock that went back does not move it"),
        pytest.param(FeedCursor(at(0) - SHOWN * 2), at(0), at(0) - SHOWN, at(-60), id="an old one begins at 24 hours"),
    ],
)
def test_reads_begin_at_the_horizon(cursor: FeedCursor, now: datetime, after: datetime, horizon: datetime) -> None:
    read = read_from(cursor, now)
    assert (read.after, read.horizon) == (cursor_text(FeedCursor(after)), horizon)


def test_pages_of_a_read_begin_at_the_last_entry_and_keep_the_horizon() -> None:
    (last,) = positions(5)
    read = read_from(FeedCursor(at(0), last), at(100))
    assert (read.after, read.horizon) == (last, at(0))


@pytest.mark.parametrize("now, horizon", [(20, -40), (69, 9), (70, 10), (600, 10)])
def test_the_cursor_after_older_entries_reads_everything_that_follows_them(now: float, horizon: float) -> None:
    """From the position that they precede, which is at 10 seconds, and from a minute ago if that is earlier."""
    (position,) = positions(10)
    assert cursor_after_older(position, at(now)) == FeedCursor(at(horizon))


@pytest.mark.parametrize("cursor", [FeedCursor(at(0)), FeedCursor(at(0.5), positions(1)[0])])
def test_cursors_are_read_as_they_were_written(cursor: FeedCursor) -> None:
    assert CURSOR_FORM.fullmatch(cursor_text(cursor))
    assert cursor.page is None or POSITION_FORM.fullmatch(cursor.page)
    assert read_cursor(cursor_text(cursor)) == cursor


@pytest.mark.parametrize(
    "text", ["2026-02-30T00:00:00.000000Z", f"{cursor_text(FeedCursor(NOON))}|2026-13-01T00:00:00.000000Z#x"]
)
def test_times_that_do_not_exist_are_rejected(text: str) -> None:
    with pytest.raises(ValueError, match=r"day|month"):
        read_cursor(text)
